import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launch, openPage } from '../fixture/browser';

/** The real host serves the window there, open on the sample project. Without one there is nothing to test. */
const URL_OF_HOST = process.env.COUNTERSIGN_WEB_URL;
const SAMPLE = process.env.COUNTERSIGN_SAMPLE ?? '';

const PATIENCE = 30_000;
const read = (path: string) => readFile(join(SAMPLE, path), 'utf8');

describe.skipIf(!URL_OF_HOST)('the window on the real host', () => {
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    browser = await launch();
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    ({ page, faults } = await openPage(browser, { reducedMotion: 'reduce' }));
    page.setDefaultTimeout(PATIENCE);
    await page.goto(URL_OF_HOST ?? '');
    await page.getByTestId('composer').waitFor();
  });

  afterEach(async () => {
    await page.context().close();
    expect(faults).toEqual([]);
  });

  async function ask(prompt: string): Promise<void> {
    await page.getByTestId('new-session').click();
    await page.getByTestId('empty').waitFor();
    await page.getByTestId('composer').fill(prompt);
    await page.getByTestId('send').click();
  }

  /** Presses a button of the card that waits, and waits until that card is gone. */
  async function decide(button: 'approve' | 'approve-session' | 'deny'): Promise<void> {
    const call = await page.getByTestId('approval').getAttribute('data-call');
    await page.getByTestId(button).click();
    await page.locator(`[data-testid=approval][data-call="${call}"]`).waitFor({ state: 'detached' });
  }

  const done = () => page.locator('[data-kind=task_end]').waitFor();
  const said = () => page.locator('[data-kind=agent]').allTextContents();

  test('names the model as what it is, and axe finds nothing', async () => {
    await page.getByText('Practice model', { exact: true }).waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((each) => each.id)).toEqual([]);
  });

  test('writes exactly the hunks that were accepted, as the person wrote them', async () => {
    const before = { clock: await read('lib/clock.sh'), tests: await read('tests/clock_test.sh') };
    await ask('rename minutes_of to clock_minutes');
    await page.getByTestId('approval').waitFor();
    expect(await read('lib/clock.sh')).toBe(before.clock);

    // everything but the tests, and the comment in other words
    const file = (path: string) => page.locator(`[data-testid=approval] [role=group][aria-label="${path}"]`);
    await file('tests/clock_test.sh').getByTestId('file-check').uncheck();
    const comment = file('lib/clock.sh').getByTestId('hunk').first();
    await comment.getByTestId('hunk-edit').click();
    const text = comment.getByTestId('hunk-text');
    const proposed = await text.inputValue();
    expect(proposed).toContain('# clock_minutes TIME');
    await text.fill(proposed.replace('minutes since midnight', 'as minutes of the day'));
    await text.press('Escape');
    expect(await page.getByTestId('approve').textContent()).toMatch(/Approve \d+ of \d+ hunks/);
    await decide('approve');
    await done();

    const wanted = before.clock
      .replaceAll('minutes_of', 'clock_minutes')
      .replace('minutes since midnight', 'as minutes of the day');
    expect(await read('lib/clock.sh')).toBe(wanted);
    expect(await read('tests/clock_test.sh')).toBe(before.tests);
    const changed = page.locator('[data-testid=change-file][data-path="lib/clock.sh"]');
    await changed.waitFor();
    expect(await changed.locator('[data-source]').getAttribute('data-source')).toBe('patch');
    await expect.poll(said).toEqual(expect.arrayContaining([expect.stringContaining('left')]));
  });

  test('takes a task back after a look at what that does, and brings it back', async () => {
    const before = await read('lib/text.sh');
    await ask('rename complain to grumble');
    await page.getByTestId('approval').waitFor();
    await decide('approve');
    await done();
    const after = await read('lib/text.sh');
    expect(after).not.toBe(before);

    await page.getByTestId('undo-task').click();
    await page.locator('[data-testid=undo-dialog] [data-path="lib/text.sh"]').waitFor();
    expect(await read('lib/text.sh')).toBe(after);
    await page.getByTestId('undo-apply').click();
    await page.locator('[data-kind=undone]').waitFor();
    expect(await read('lib/text.sh')).toBe(before);

    await page.getByTestId('redo').click();
    await page.getByTestId('undo-apply').click();
    await page.locator('[data-kind=undone]').nth(1).waitFor();
    expect(await read('lib/text.sh')).toBe(after);
  });

  test('finds a session by its words, names it, and forks it at a task', async () => {
    await ask('What is in here?');
    await done();
    await page.locator('[data-testid=session-item][aria-current=true]').hover();
    await page.locator('li.current').getByTestId('session-menu').click();
    await page.getByText('Rename…').click();
    await page.getByTestId('rename-field').fill('A look around');
    await page.getByTestId('rename-field').press('Enter');
    await page.getByRole('heading', { level: 1, name: 'A look around' }).waitFor();

    await page.getByTestId('session-search').fill('look around');
    await page.locator('[data-testid=session-item] .found, [data-testid=session-item].found').first().waitFor();
    await page.getByTestId('session-search').press('Escape');

    await page.getByTestId('task-menu').click();
    await page.getByTestId('fork-here').click();
    await page.locator('[aria-current=true] .forked').waitFor();
    await page.locator('[data-kind=task_end]').waitFor();
  });

  test('writes nothing when denied, and tells the model why', async () => {
    const before = await read('lib/text.sh');
    await ask('rename pad to widen');
    await page.getByTestId('approval').waitFor();
    await page.getByTestId('note').fill('the old name is fine');
    await decide('deny');
    await done();
    expect(await read('lib/text.sh')).toBe(before);
    expect((await said()).join('\n')).toContain('the old name is fine');
  });

  test('asks the same again after a reload, and goes on from there', async () => {
    await ask('rename rule to line_of');
    await page.getByTestId('approval').waitFor();
    const call = await page.getByTestId('approval').getAttribute('data-call');
    await page.reload();
    await page.getByTestId('approval').waitFor();
    expect(await page.getByTestId('approval').getAttribute('data-call')).toBe(call);
    await decide('approve');
    await done();
    expect(await read('lib/text.sh')).toContain('line_of');
  });

  test('stops a task that waits, with Esc', async () => {
    const before = await read('lib/text.sh');
    await ask('rename pad to widen');
    await page.getByTestId('approval').waitFor();
    await page.getByTestId('composer').press('Escape');
    await page.getByTestId('approval').waitFor({ state: 'detached' });
    await page.getByText('Stopped by you').waitFor();
    expect(await read('lib/text.sh')).toBe(before);
  });

  test('asks about a command under a stricter policy, and shows what it printed', async () => {
    await page.getByTestId('new-session').click();
    await page.getByTestId('empty').waitFor();
    await page.getByTestId('policy-chip').click();
    await page.locator('input[value=untrusted]').check();
    await page.keyboard.press('Escape');
    await page.getByTestId('policy-chip').getByText('Ask for everything').waitFor();
    await page.getByTestId('composer').fill('Fix the failing test');
    await page.getByTestId('send').click();
    const card = page.locator('[data-testid=approval][data-type=command]');
    await card.waitFor();
    expect(await page.getByTestId('command-text').textContent()).toContain('tests/run.sh');
    await decide('approve');
    await page.locator('[data-kind=command]').first().getByText('passed').first().waitFor();
    await page.getByTestId('stop').click();
    await page.locator('[data-kind=task_end]').waitFor();
  });

  test('finds the sessions again', async () => {
    await ask('What is in here?');
    await done();
    const here = await page
      .locator('[data-testid=session-item][aria-current=true]')
      .getAttribute('data-session');
    await page.getByTestId('session-item').filter({ hasText: 'minutes_of' }).click();
    await page.locator('[data-kind=user]', { hasText: 'rename minutes_of' }).waitFor();
    await page.locator(`[data-session="${here}"]`).click();
    await page.locator('[data-kind=user]', { hasText: 'What is in here?' }).waitFor();
  });

  test('mentions files of the folder, and remembers prompts', async () => {
    await page.getByTestId('new-session').click();
    await page.getByTestId('empty').waitFor();
    await page.getByTestId('composer').pressSequentially('see @clock');
    await page.getByRole('option', { name: 'clock.sh' }).waitFor();
    await page.getByTestId('composer').press('Enter');
    await expect.poll(() => page.getByTestId('composer').inputValue()).toMatch(/^see @\S*clock\S* $/);
    await page.getByTestId('composer').fill('');
    await page.getByTestId('composer').press('ArrowUp');
    await expect.poll(() => page.getByTestId('composer').inputValue()).not.toBe('');
  });
});
