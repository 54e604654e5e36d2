import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Row } from '../../src/bindings';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { commanding, longTalk, naming } from '../fixture/talk';
import { inBrowser, ops } from '../fixture/window';

const open = inBrowser();
const SHOTS = process.env.TALK_SHOTS;

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

describe('the first minute', () => {
  test('a person without a key sees the practice model at work with two clicks', async () => {
    const sample = { ...data.app().projects[0]!, id: 'sample', name: 'daybook', is_sample: true, steers: [] };
    const host = new FixtureHost(data.app({ project: null, session: null, sessions: [], waiting: 0 }), {
      s1: data.finished(),
    });
    host.on('open_sample', () => {
      host.app = { ...host.app, project: 'sample', projects: [sample, ...host.app.projects] };
      return sample;
    });
    const page = await open(host);
    await shoot(page, 'welcome');
    await page.getByTestId('open-sample').click();
    const suggestion = page.getByTestId('suggestion').first();
    await suggestion.waitFor();
    await shoot(page, 'sample');
    expect(host.called('new_session')).toEqual([{ project: 'sample', provider: 'practice' }]);
    await suggestion.click();
    await expect.poll(() => ops(host)).toEqual([
      { type: 'user_input', items: [{ type: 'text', text: 'Fix the failing test' }] },
    ]);
  });

  test('elsewhere a suggestion is for the person to edit', async () => {
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.session({ total: 0, view: data.view({ status: 'idle' }) }) });
    const page = await open(host);
    await page.getByTestId('suggestion').first().click();
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('Fix the failing test');
    expect(ops(host)).toEqual([]);
  });

  test('the first review has three hints, which stay away once they were seen', async () => {
    const asking = () =>
      new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [diffs.patchApproval()] }) }) });
    const page = await open(asking(), { firstReview: true });
    const hint = page.getByTestId('review-hint');
    const texts: string[] = [];
    for (let step = 0; step < 3; step += 1) {
      texts.push((await hint.locator('p').textContent()) ?? '');
      await shoot(page, `hint-${step}`);
      await page.getByTestId('hint-next').click();
    }
    expect(texts.map((text) => text.split(' ')[0])).toEqual(['Only', 'C', 'A']);
    await expect.poll(() => hint.count()).toBe(0);
    await page.reload();
    await page.getByTestId('approval').waitFor();
    await expect.poll(() => hint.count()).toBe(0);

    const second = await open(asking(), { firstReview: true });
    await second.getByTestId('hint-dismiss').click();
    await second.reload();
    await second.getByTestId('approval').waitFor();
    await expect.poll(() => second.getByTestId('review-hint').count()).toBe(0);
  });
});

describe('search in the conversation', () => {
  const shown = (page: Page) =>
    page.evaluate(() => {
      const [range] = [...(CSS.highlights.get('find-current') ?? [])] as Range[];
      const box = range?.getBoundingClientRect();
      const view = document.querySelector('[data-testid=transcript]')?.getBoundingClientRect();
      if (!range || !box || !view) return null;
      const inView = box.height > 0 && box.top >= view.top && box.bottom <= view.bottom;
      return { text: range.toString(), inView, marked: CSS.highlights.get('find')?.size };
    });

  test('finds rows that are not loaded, goes on and back, and leaves with Escape', async () => {
    const { host } = longTalk();
    const page = await open(host);
    await page.getByTestId('row').last().waitFor();
    await page.keyboard.press('Control+f');
    await page.getByTestId('find-field').pressSequentially('upper bound');
    const count = page.getByTestId('find-count');
    // from the end on there is none: it goes around to the first
    await expect.poll(() => count.textContent()).toBe('1 of 41');
    await expect.poll(() => shown(page)).toMatchObject({ text: 'upper bound', inView: true });
    await shoot(page, 'find');
    await page.keyboard.press('Shift+Enter');
    await expect.poll(() => count.textContent()).toBe('41 of 41');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await expect.poll(() => count.textContent()).toBe('2 of 41');
    await expect.poll(() => shown(page)).toMatchObject({ text: 'upper bound', inView: true });
    await page.keyboard.press('Escape');
    await page.getByTestId('find').waitFor({ state: 'detached' });
    await expect.poll(() => shown(page)).toBe(null);
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('composer');
  });

  test('finds what a folded command printed before the lines on its card', async () => {
    const { host } = longTalk();
    const page = await open(host);
    await page.getByTestId('row').last().waitFor();
    await page.keyboard.press('Control+f');
    await page.getByTestId('find-field').fill('upper bound');
    const count = page.getByTestId('find-count');
    await expect.poll(() => count.textContent()).toBe('1 of 41');
    for (let step = 0; step < 24; step += 1) await page.keyboard.press('Enter');
    await expect.poll(() => count.textContent()).toBe('25 of 41');
    await expect.poll(() => shown(page)).toMatchObject({ text: 'upper BOUND', inView: true });
    await shoot(page, 'find-output');
    await page.getByTestId('find-field').fill('nowhere');
    await expect.poll(() => count.textContent()).toBe('No matches');
  });
});

describe('links to files', () => {
  test('lead from output and answers to the line of the file', async () => {
    const host = naming();
    const page = await open(host);
    const link = page.getByTestId('file-link').filter({ hasText: 'tests/ranges.rs:19:5' });
    await link.waitFor();
    await link.scrollIntoViewIfNeeded();
    await shoot(page, 'links');
    await expect.poll(() => page.getByTestId('file-link').filter({ hasText: /^src\/range\.rs$/ }).count()).toBe(1);
    await link.click();
    const dialog = page.getByTestId('file-dialog');
    await dialog.locator('[data-line="19"][aria-current=location]').waitFor();
    expect(host.called('file_text')).toEqual([{ session: 's1', path: 'tests/ranges.rs' }]);
    await dialog.locator('.token-comment').first().waitFor();
    await shoot(page, 'file');
    await page.getByTestId('file-editor').click();
    await expect
      .poll(() => host.called('open_project_file'))
      .toEqual([{ session: 's1', path: 'tests/ranges.rs', line: 19 }]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  test('of an answer that streams are asked for when it has ended', async () => {
    const host = naming();
    const page = await open(host);
    await page.getByTestId('file-link').first().waitFor();
    const index = host.sessions.s1?.total ?? 0;
    const asked = () => host.called('file_links').length;
    const before = asked();
    const row = (text: string, streaming: boolean): Row => ({
      id: 'streams',
      at_ms: 0,
      body: {
        type: 'agent',
        blocks: [
          { id: 0, block: 'paragraph', spans: [{ text: 'It is ' }, { text: 'cat src/range.rs:7', code: true }, { text: '.' }] },
          { id: 1, block: 'paragraph', spans: [{ text }] },
        ],
        streaming,
        interrupted: false,
      },
    });
    host.change({ type: 'row', index, row: row('See', true) });
    for (const word of ['docs/ran', 'docs/ranges.md', 'docs/ranges.md, too']) {
      const blocks = [{ id: 1, block: 'paragraph' as const, spans: [{ text: `See ${word}` }] }];
      host.change({ type: 'blocks', index, from: 1, blocks });
      await page.getByText(`See ${word}`, { exact: true }).waitFor();
    }
    expect(asked()).toBe(before);
    host.change({ type: 'row', index, row: row('See docs/ranges.md, too', false) });
    const answer = page.locator(`[data-index="${index}"]`);
    await expect.poll(() => answer.getByTestId('file-link').allTextContents()).toEqual(['src/range.rs:7', 'docs/ranges.md']);
    await expect.poll(() => answer.locator('code').textContent()).toBe('cat src/range.rs:7');
    await expect.poll(() => answer.locator('code [data-testid=file-link]').count()).toBe(1);
    expect(asked()).toBe(before + 1);
  });

  test('of a command in the background are asked for when it pauses', async () => {
    const host = naming();
    const page = await open(host);
    await page.getByTestId('file-link').first().waitFor();
    const index = host.sessions.s1?.total ?? 0;
    const before = host.called('file_links').length;
    host.change({
      type: 'row',
      index,
      row: {
        id: 'background',
        at_ms: 0,
        body: {
          type: 'command',
          call_id: 'bg',
          display: 'watch',
          cwd: '',
          status: 'running',
          output: 'src/range.rs:1\n',
          hidden_lines: 0,
          end: null,
          background: true,
          overlay: false,
          sandbox: 'workspace-write',
          denied: null,
          rejected: null,
        },
      },
    });
    for (let line = 2; line <= 10; line += 1) host.change({ type: 'append', index, text: `src/range.rs:${line}\n` });
    const links = page.locator(`[data-index="${index}"]`).getByTestId('file-link');
    await expect.poll(() => links.count()).toBe(10);
    // a busy machine may pause by itself
    expect(host.called('file_links').length).toBeLessThan(before + 4);
  });

  test('of a long file mount only the lines in view', async () => {
    const host = naming();
    host.on('file_text', () => ({ lines: Array.from({ length: 50_000 }, (_, line) => `line ${line + 1}`), language: '', is_whole: false }));
    host.on('file_links', ({ texts }) =>
      texts.map((text) => (text.includes('panicked') ? [{ start: 0, end: 7, path: 'long.txt', line: 41_000, column: null }] : [])),
    );
    const page = await open(host);
    await page.getByTestId('file-link').click();
    await page.locator('[data-line="41000"]').waitFor();
    await expect.poll(() => page.locator('[data-line]').count()).toBeLessThan(120);
  });
});

describe('commands in the prompt', () => {
  test('are listed, completed, and sent as what they stand for', async () => {
    const host = commanding();
    const page = await open(host);
    const composer = page.getByTestId('composer');
    await composer.pressSequentially('/');
    await page.getByTestId('command-option').first().waitFor();
    await shoot(page, 'commands');
    await expect.poll(() => page.getByTestId('command-rejected').textContent()).toContain('deploy.md: the head');
    await composer.pressSequentially('rev');
    await page.keyboard.press('Tab');
    await expect.poll(() => composer.inputValue()).toBe('/review ');
    await composer.pressSequentially('src/range.rs');
    await composer.press('Enter');
    await expect.poll(() => ops(host)).toEqual([
      { type: 'user_input', items: [{ type: 'text', text: 'Read src/range.rs and name each mistake.' }] },
    ]);
  });

  test('that cannot be used stay in the field, with the reason', async () => {
    const host = commanding();
    const page = await open(host);
    const composer = page.getByTestId('composer');
    await composer.fill('/deploy now');
    await composer.press('Enter');
    await page.getByTestId('toast').getByText('deploy.md can’t be used').waitFor();
    await expect.poll(() => composer.inputValue()).toBe('/deploy now');
    expect(ops(host)).toEqual([]);
    // a path is no command
    await composer.fill('/etc/hosts is wrong');
    await composer.press('Enter');
    await expect.poll(() => ops(host).length).toBe(1);
  });
});

describe('a question on the side', () => {
  test('is answered beside the task, which is not told', async () => {
    const host = new FixtureHost(data.app({ waiting: 0 }), {
      s1: data.session({ view: data.view({ status: 'running' }) }),
    });
    host.on('ask_aside', ({ text }) => ({
      blocks: [
        {
          id: 0,
          block: 'paragraph',
          spans: [
            { text: 'The bound is half-open, so ' },
            { text: '2.0.0', code: true },
            { text: ` is left out. That is what the specification says of caret ranges, and what src/range.rs:42 does now. (${text})` },
          ],
        },
      ],
      text: 'The bound is half-open.',
      usage: { input_tokens: 18_000, cached_input_tokens: 17_000, output_tokens: 60, reasoning_output_tokens: 0 },
    }));
    const page = await open(host);
    const composer = page.getByTestId('composer');
    await composer.fill('Why is the upper bound left out?');
    await shoot(page, 'aside-button');
    await composer.press('Control+Shift+Enter');
    const aside = page.getByTestId('aside');
    await aside.getByText('half-open').waitFor();
    await shoot(page, 'aside');
    await expect.poll(() => composer.inputValue()).toBe('');
    expect(host.called('ask_aside')).toMatchObject([{ session: 's1', text: 'Why is the upper bound left out?' }]);
    expect(ops(host)).toEqual([]);
    await aside.focus();
    await page.keyboard.press('Escape');
    await aside.waitFor({ state: 'detached' });
    // the running task goes on
    expect(ops(host)).toEqual([]);
  });

  test('that failed says why, and can become a prompt', async () => {
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
    host.on('ask_aside', () => {
      throw new Error('OpenAI did not answer: connection refused');
    });
    const page = await open(host);
    await page.getByTestId('composer').fill('Why?');
    await page.getByTestId('ask-aside').click();
    await page.getByTestId('aside').getByText('connection refused').waitFor();
    await page.getByTestId('aside-use').click();
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('Why?');
  });
});
