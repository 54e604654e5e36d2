import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { card, COMMENTS, completed, decided, failed, openSettings, ReviewedProject, REVIEWER, stopped, USAGE } from '../fixture/reviewer';
import { cardIsOld, cardTakesKeys, inBrowser } from '../fixture/window';

const open = inBrowser();

const words = (page: Page) => page.getByTestId('model-review-state').textContent();
const said = (page: Page) => page.getByTestId('model-review').getByRole('status').textContent();
const current = (page: Page) => page.locator('.hunk.current').getAttribute('data-hunk');
const commentsOn = (page: Page, hunk: string) => page.locator(`[data-hunk="${hunk}"]`).getByTestId('model-comment');
const request = { type: 'review_patch', call_id: 'call_patch', binding: 'first' };

describe('the reviewer beside a patch', () => {
  test('is asked by a button, is stopped, and can be asked again', async () => {
    const project = new ReviewedProject();
    const page = await open(project.host);
    const ask = page.getByTestId('model-review-ask');
    await expect.poll(() => ask.textContent()).toContain('Review with gpt-5.2');
    await ask.click();
    await expect.poll(() => project.ops).toEqual([request]);

    project.show({ type: 'running', since_ms: Date.now() - 4000 });
    await expect.poll(() => words(page)).toMatch(/^gpt-5\.2 is reviewing… \d+ s\s*$/);
    await expect.poll(() => said(page)).toBe('gpt-5.2 is reviewing the patch.');
    // the button keeps the focus through its states
    const stop = page.getByTestId('model-review-stop');
    await expect.poll(() => stop.evaluate((element) => element === document.activeElement)).toBe(true);
    await axe(page);
    await stop.click();
    await expect.poll(() => project.ops.at(-1)).toEqual({ type: 'stop_review', call_id: 'call_patch' });

    project.show(stopped());
    await expect.poll(() => ask.textContent()).toContain('Review with gpt-5.2');
    await expect.poll(() => said(page)).toBe('The review by gpt-5.2 was stopped.');
    await ask.click();
    await expect.poll(() => project.ops.at(-1)).toEqual(request);
  });

  test('is asked by a key, once while it reads', async () => {
    const project = new ReviewedProject();
    const page = await open(project.host);
    await cardTakesKeys(page);
    await page.getByTestId('approval').focus();
    await page.keyboard.press('m');
    await expect.poll(() => project.ops).toEqual([request]);
    project.show({ type: 'running', since_ms: Date.now() });
    await page.getByTestId('model-review-stop').waitFor();
    await page.keyboard.press('m');
    await page.keyboard.press('d');
    await expect.poll(() => project.ops.length).toBe(2);
    await expect.poll(() => project.ops.at(-1)).toMatchObject({ type: 'decide', decision: 'denied' });
  });

  test('says its error and the way out, and is asked again', async () => {
    const project = new ReviewedProject();
    const page = await open(project.host);
    project.show(failed('openai refused the key', 'save another key', COMMENTS.slice(0, 1)));
    await expect.poll(() => words(page)).toBe('Review by gpt-5.2 failed: openai refused the key');
    await expect.poll(() => page.getByTestId('model-review-hint').textContent()).toContain('Save another key');
    await expect.poll(() => page.getByTestId('model-review-hint').textContent()).toContain('1 comment before that');
    await expect.poll(() => commentsOn(page, '0.1').count()).toBe(1);
    await axe(page);
    const again = page.getByTestId('model-review-ask');
    await expect.poll(() => again.textContent()).toContain('Try again');
    await again.click();
    await expect.poll(() => project.ops).toEqual([request]);
  });

  test('keeps the comments of the review before until there are others', async () => {
    const before = card(completed());
    const project = new ReviewedProject(before);
    const page = await open(project.host);
    await expect.poll(() => commentsOn(page, '0.1').count()).toBe(1);
    const earlier = () => page.getByTestId('model-review-earlier').textContent();
    project.show({ type: 'running', since_ms: Date.now() }, 'qwen3-coder:30b', before);
    await page.getByTestId('model-review-stop').waitFor();
    await expect.poll(earlier).toBe('3 comments of the review before stay');
    await expect.poll(() => commentsOn(page, '0.1').locator('.model').textContent()).toBe('gpt-5.2');
    await axe(page);
    project.show(stopped(), 'qwen3-coder:30b', before);
    await expect.poll(() => commentsOn(page, '0.1').count()).toBe(1);
    project.show({ ...stopped(COMMENTS.slice(1, 2)), usage: USAGE }, 'qwen3-coder:30b');
    await expect.poll(() => words(page)).toBe('Review by qwen3-coder:30b stopped · 18.4k tokens');
    await expect.poll(() => commentsOn(page, '0.1').count()).toBe(0);
    await expect.poll(() => commentsOn(page, '1.0').count()).toBe(1);
  });

  test('says what it was not shown of a patch that is too long', async () => {
    const unseen = [
      { path: 'src/range.rs', lines: 1 },
      { path: 'src/large.rs', lines: 3210 },
    ];
    const state = { ...completed([], ''), unseen };
    const project = new ReviewedProject(card(state));
    const page = await open(project.host);
    const told = 'It was not shown 1 line of src/range.rs and parts of 1 other file: the patch is too long.';
    await expect.poll(() => page.getByTestId('model-review-unseen').textContent()).toBe(told);
  });

  test('is offered under its own name where another model has read the patch', async () => {
    const project = new ReviewedProject(card(completed(), 'qwen3-coder:30b'));
    const page = await open(project.host);
    await expect.poll(() => words(page)).toContain('qwen3-coder:30b: 3 comments');
    await expect.poll(() => page.getByTestId('model-review-ask').textContent()).toContain('Review with gpt-5.2');
  });

  test('is nothing but a link where there is none', async () => {
    const project = new ReviewedProject(undefined, { reviewer: null });
    const page = await open(project.host);
    await cardTakesKeys(page);
    await page.getByTestId('approval').focus();
    await page.keyboard.press('m');
    await expect.poll(() => page.getByTestId('model-review').count()).toBe(0);
    await page.getByTestId('reviewer-choose').click();
    const select = page.getByTestId('reviewer-provider');
    await expect.poll(() => select.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(project.ops).toEqual([]);

    const checked = new ReviewedProject(undefined, { reviewer: null, check: 'cargo test' });
    const second = await open(checked.host);
    await second.getByTestId('check').waitFor();
    await expect.poll(() => second.getByTestId('reviewer-choose').count()).toBe(0);
  });
});

describe('the comments of a reviewer', () => {
  test('stand at their hunks, and are gone through in order', async () => {
    const project = new ReviewedProject(card(completed()));
    const page = await open(project.host);
    await expect.poll(() => words(page)).toBe('gpt-5.2: 3 comments · 12 s, 18.4k tokens');
    await expect.poll(() => page.getByTestId('model-review-summary').textContent()).toContain('The fix is right');
    await expect.poll(() => page.getByTestId('model-review-ask').textContent()).toContain('Review again');
    await expect.poll(() => commentsOn(page, '1.0').count()).toBe(2);
    await expect.poll(() => page.getByText('About a hunk that is gone.').count()).toBe(0);
    const first = commentsOn(page, '0.1');
    await expect.poll(() => first.textContent()).toContain('gpt-5.2');
    await expect.poll(() => first.textContent()).toContain('line 42');
    const lines = page.locator('[data-hunk="0.1"] .line.model-commented');
    await expect.poll(() => lines.count()).toBe(2);
    await expect.poll(() => page.locator('.line.commented').count()).toBe(0);
    const counts = page.getByTestId('review-entry').getByTestId('model-comment-count');
    await expect.poll(() => counts.allTextContents()).toEqual(['1, 1 comment by gpt-5.2', '2, 2 comments by gpt-5.2']);
    await axe(page);

    const next = page.getByTestId('model-review-next');
    for (const [hunk, index] of [['0.1', 0], ['1.0', 0], ['1.0', 1], ['0.1', 0]] as const) {
      await next.click();
      await expect.poll(() => current(page)).toBe(hunk);
      const box = page.locator(`[data-hunk="${hunk}"]`);
      await expect.poll(() => box.evaluate((element) => element === document.activeElement)).toBe(true);
      await expect
        .poll(() => box.locator(`[data-model-comment="${index}"]`).evaluate((element) => {
          const view = element.closest('[data-scroller]')!.getBoundingClientRect();
          const own = element.getBoundingClientRect();
          return own.top >= view.top && own.bottom <= view.bottom + 1;
        }))
        .toBe(true);
    }
  });

  test('of a small patch open the review at the hunk', async () => {
    const project = new ReviewedProject(card(completed()), { files: 1 });
    const page = await open(project.host);
    await expect.poll(() => page.getByTestId('review').count()).toBe(0);
    await expect.poll(() => commentsOn(page, '0.1').count()).toBe(1);
    await page.getByTestId('model-review-next').click();
    await page.getByTestId('review').waitFor();
    await expect.poll(() => current(page)).toBe('0.1');
    await expect
      .poll(() => page.getByTestId('review').locator('[data-hunk="0.1"]').evaluate((element) => element === document.activeElement))
      .toBe(true);
  });

  test('become the person’s, and go with the decision', async () => {
    const project = new ReviewedProject(card(completed()));
    const page = await open(project.host);
    const use = commentsOn(page, '0.1').getByTestId('model-comment-use');
    await use.click();
    await expect.poll(() => use.textContent()).toContain('Used');
    await expect.poll(() => use.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    const own = page.locator('[data-hunk="0.1"]').getByTestId('comment-text');
    await expect.poll(() => own.count()).toBe(1);
    await expect.poll(() => page.locator('[data-hunk="0.1"] .line.commented').count()).toBe(2);
    await axe(page);
    await own.fill('Change contains_all too.');
    await expect.poll(() => use.textContent()).toContain('Used');
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('comment on 1');
    await cardIsOld(page);
    await page.getByTestId('deny').click();
    const { hunk, from, to } = COMMENTS[0]!;
    await expect
      .poll(() => project.ops)
      .toMatchObject([
        { type: 'decide', decision: 'denied', comments: [{ hunk, from, to, text: 'Change contains_all too.' }] },
      ]);
  });

  test('can be used again when the person has deleted theirs', async () => {
    const project = new ReviewedProject(card(completed()));
    const page = await open(project.host);
    const use = commentsOn(page, '0.1').getByTestId('model-comment-use');
    await use.click();
    await page.getByRole('button', { name: 'Delete comment' }).click();
    await expect.poll(() => use.textContent()).toContain('Use as my comment');
    await use.click();
    await expect.poll(() => page.getByTestId('comment-text').inputValue()).toBe(COMMENTS[0]!.text);
  });

  test('are dismissed, also over a reload, and come back when asked for', async () => {
    const project = new ReviewedProject(card(completed()));
    const page = await open(project.host);
    const box = page.locator('[data-hunk="1.0"]');
    await commentsOn(page, '1.0').first().getByTestId('model-comment-dismiss').click();
    await expect.poll(() => commentsOn(page, '1.0').count()).toBe(1);
    await expect.poll(() => box.evaluate((element) => element === document.activeElement)).toBe(true);
    await expect.poll(() => words(page)).toContain('gpt-5.2: 2 comments, 1 dismissed');
    await commentsOn(page, '0.1').getByTestId('model-comment-use').click();
    await expect.poll(() => [...project.host.drafts.values()].join()).toContain('dismissed');
    await expect.poll(() => [...project.host.drafts.values()].join()).toContain('used');

    await page.reload();
    await expect.poll(() => commentsOn(page, '1.0').count()).toBe(1);
    await expect.poll(() => commentsOn(page, '1.0').textContent()).toContain('The name says it well.');
    await expect.poll(() => page.getByTestId('model-comment-use').first().textContent()).toContain('Used');
    const counts = page.getByTestId('review-entry').getByTestId('model-comment-count');
    await expect.poll(() => counts.allTextContents()).toEqual(['1, 1 comment by gpt-5.2', '1, 1 comment by gpt-5.2']);
    await page.getByTestId('model-review-restore').click();
    await expect.poll(() => commentsOn(page, '1.0').count()).toBe(2);
    await expect.poll(() => page.getByTestId('model-review-restore').count()).toBe(0);
  });

  test('are none where it had nothing to say', async () => {
    const project = new ReviewedProject(card(completed([], 'Looks right.')));
    const page = await open(project.host);
    await expect.poll(() => words(page)).toContain('gpt-5.2: no comments');
    await expect.poll(() => page.getByTestId('model-review-next').count()).toBe(0);
    await expect.poll(() => said(page)).toBe('gpt-5.2 has reviewed the patch: no comments.');
  });
});

describe('the choice of a reviewer', () => {
  const saved = (host: FixtureHost) => host.called('save_settings');

  test('is made in the settings, for every patch or none', async () => {
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
    const page = await open(host);
    await openSettings(page);
    const select = page.getByTestId('reviewer-provider');
    await expect.poll(() => select.evaluate((element) => element === document.activeElement)).toBe(true);
    await expect.poll(() => select.inputValue()).toBe('');
    await expect.poll(() => page.getByTestId('reviewer-model').count()).toBe(0);
    await axe(page);

    await select.selectOption('ollama');
    const model = page.getByTestId('reviewer-model');
    await expect.poll(() => model.inputValue()).toBe('qwen3-coder:30b');
    await expect.poll(() => page.getByTestId('reviewer-sent').textContent()).toContain('sent to Ollama');
    const section = page.getByTestId('reviewer-settings');
    await section.getByRole('button', { name: 'devstral:24b' }).click();
    await expect.poll(() => model.inputValue()).toBe('devstral:24b');
    await section.getByRole('switch', { name: 'Start by itself with every patch' }).check();
    await expect
      .poll(() => host.app.settings.reviewer)
      .toEqual({ provider: 'ollama', model: 'devstral:24b', every_patch: true });
    await model.fill('qwen3-coder:480b');
    await model.press('Enter');
    await expect
      .poll(() => saved(host).at(-1))
      .toEqual({ reviewer: { provider: 'ollama', model: 'qwen3-coder:480b', every_patch: true } });
    await axe(page);

    await select.selectOption({ label: 'No reviewer' });
    await expect.poll(() => saved(host).at(-1)).toEqual({ reviewer: null });
    await expect.poll(() => model.count()).toBe(0);
  });

  test('of a provider that names no model waits for one', async () => {
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
    const page = await open(host);
    await openSettings(page);
    await page.getByTestId('reviewer-provider').selectOption('lmstudio');
    await page.getByText('Enter the name of a model').waitFor();
    expect(saved(host)).toEqual([]);
    await page.getByTestId('reviewer-model').fill('glm-5');
    await page.getByTestId('reviewer-model').press('Enter');
    await expect
      .poll(() => saved(host))
      .toEqual([{ reviewer: { provider: 'lmstudio', model: 'glm-5', every_patch: false } }]);
    await page.getByRole('switch', { name: 'Start by itself with every patch' }).waitFor();
  });

  test('says where it comes from, and what its provider lacks', async () => {
    const app = data.app({ waiting: 0, setting_sources: { reviewer: { from: 'overlay' } } });
    const host = new FixtureHost(
      { ...app, settings: { ...app.settings, reviewer: REVIEWER } },
      { s1: data.finished() },
    );
    const page = await open(host);
    await openSettings(page);
    const section = page.getByTestId('reviewer-settings');
    await expect.poll(() => section.textContent()).toContain('needs a key');
    await section.getByRole('button', { name: 'Reset reviewer' }).click();
    await expect.poll(() => host.called('reset_setting')).toEqual([{ setting: 'reviewer' }]);
  });
});

describe('a patch that was decided', () => {
  const line = (page: Page) => page.getByTestId('recorded-review');
  const unfold = (page: Page) => page.locator('[data-kind=patch]').last().getByRole('button').first().click();

  test('says who reviewed it, and opens to the comments', async () => {
    const page = await open(decided(card(completed())));
    await unfold(page);
    await expect.poll(() => line(page).locator('summary').textContent()).toContain('Reviewed by gpt-5.2: 4 comments');
    await expect.poll(() => page.getByTestId('recorded-comment').first().isVisible()).toBe(false);
    await line(page).locator('summary').click();
    await expect.poll(() => page.getByTestId('recorded-comment').first().isVisible()).toBe(true);
    await expect
      .poll(() => page.getByTestId('recorded-comment').locator('.where').allTextContents())
      .toEqual(['src/range.rs, hunk 2', 'tests/ranges.rs, hunk 1', 'tests/ranges.rs, hunk 1', 'hunk 9.9']);
    await expect.poll(() => line(page).textContent()).toContain('The fix is right');
    await axe(page);
  });

  test('says what the reviewer was not shown', async () => {
    const unseen = [{ path: 'src/large.rs', lines: 3210 }];
    const page = await open(decided(card({ ...completed([], ''), unseen })));
    await unfold(page);
    await line(page).locator('summary').click();
    await expect.poll(() => line(page).textContent()).toContain('It was not shown 3210 lines of src/large.rs: the patch');
  });

  test('says that it had nothing to say, or was stopped', async () => {
    const page = await open(decided(card(completed([], ''))));
    await unfold(page);
    await expect.poll(() => line(page).textContent()).toContain('Reviewed by gpt-5.2: nothing to say');
    const other = await open(decided(card(stopped())));
    await unfold(other);
    await expect.poll(() => line(other).textContent()).toContain('Review by gpt-5.2 stopped');
  });
});
