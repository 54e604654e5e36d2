import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { SessionView } from '../../src/bindings';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { inBrowser, ops } from '../fixture/window';

const open = inBrowser();

/** A host on which a task is done that changed files. */
function done(view: Partial<SessionView> = {}): FixtureHost {
  const session = data.finished();
  const idle = { ...session.view, status: 'idle' as const, approvals: [], ...view };
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: { ...session, view: idle }, s2: data.session() });
  host.on('compare_changes', () => diffs.changes());
  return host;
}

const panel = (page: Page) => page.getByTestId('changes');
const bar = (page: Page) => page.getByTestId('change-comments');
const count = (page: Page) => bar(page).getByRole('status').textContent();
const hunkOf = (page: Page, path: string, at = 0) =>
  panel(page).locator(`[data-path="${path}"]`).getByTestId('change-hunk').nth(at);
const kept = (host: FixtureHost) => host.drafts.get('comments s1') ?? '';

/** Writes a comment on the changed lines of a hunk in the panel. */
async function comment(page: Page, path: string, at: number, text: string): Promise<void> {
  await hunkOf(page, path, at).getByTestId('change-hunk-comment').click();
  await page.keyboard.type(text);
}

describe('comments on changes', () => {
  test('are collected, listed and deleted, come back after a restart, and start the next task', async () => {
    const host = done();
    const page = await open(host);
    await comment(page, 'src/range.rs', 1, 'Name the bound.');
    await expect.poll(() => count(page)).toBe('1 comment on changes');
    await expect.poll(() => hunkOf(page, 'src/range.rs', 1).locator('.line.commented').count()).toBe(2);
    // lines that are picked by their numbers
    const lock = hunkOf(page, 'Cargo.lock');
    await lock.locator('[data-line="0"] .number').first().click();
    await lock.locator('[data-line="1"] .number').first().click({ modifiers: ['Shift'] });
    await expect.poll(() => lock.locator('.line.picked').count()).toBe(2);
    await comment(page, 'Cargo.lock', 0, 'Why this one?');
    await expect.poll(() => lock.getByTestId('comment').textContent()).toContain('lines 61–62');
    await comment(page, 'notes/release.md', 0, 'Not yet.');
    await expect.poll(() => count(page)).toBe('3 comments on changes');
    await axe(page);

    await bar(page).getByTestId('change-comments-fold').click();
    await expect
      .poll(() => page.getByTestId('change-comment').locator('.where').allTextContents())
      .toEqual(['src/range.rs, line 42', 'Cargo.lock, lines 61–62', 'notes/release.md, lines 1–3']);
    await axe(page);
    await page.getByRole('button', { name: 'Delete comment on notes/release.md, lines 1–3' }).click();
    await expect.poll(() => count(page)).toBe('2 comments on changes');
    await expect.poll(() => kept(host)).toContain('Why this one?');
    await expect.poll(() => kept(host)).not.toContain('Not yet.');

    await page.reload();
    await expect.poll(() => count(page)).toBe('2 comments on changes');
    await expect.poll(() => hunkOf(page, 'Cargo.lock').getByTestId('comment-text').inputValue()).toBe('Why this one?');
    await page.getByTestId('composer').fill('Please mend these.');
    await bar(page).getByTestId('change-comments-send').click();
    const quoted = [
      'Please mend these.',
      '',
      'Comments on lines of these changes:',
      '',
      'src/range.rs, line 42 (as the file is):',
      '> -        self.lower <= *version && *version <= self.upper',
      '> +        self.lower <= *version && *version < self.upper',
      'Name the bound.',
      '',
      'Cargo.lock, lines 61-62 (as the file is):',
      '>  [[package]]',
      '>  name = "semver-lite"',
      'Why this one?',
    ];
    await expect.poll(() => ops(host)).toEqual([{ type: 'user_input', items: [{ type: 'text', text: quoted.join('\n') }] }]);
    await expect.poll(() => bar(page).count()).toBe(0);
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('');
    await expect.poll(() => panel(page).getByTestId('comment').count()).toBe(0);
    await expect.poll(() => kept(host)).toBe('');
  });

  test('are written in the review by keys, and gone to from their list', async () => {
    const host = done();
    const page = await open(host);
    await panel(page).getByTestId('changes-review').click();
    const review = page.getByTestId('review');
    const hunk = review.locator('[data-hunk="0.1"]');
    await hunk.focus();
    // the second changed line
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('c');
    const field = hunk.getByTestId('comment-text');
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    await expect.poll(() => field.getAttribute('placeholder')).toContain('waits above the prompt');
    await page.keyboard.type('Say why.');
    await page.keyboard.press('Escape');
    await expect.poll(() => hunk.evaluate((element) => element === document.activeElement)).toBe(true);
    await expect.poll(() => hunk.locator('.line.commented').count()).toBe(1);
    // nothing is decided here
    await expect.poll(() => review.getByTestId('hunk-check').count()).toBe(0);
    await axe(page);

    // an empty one isn't counted, and goes when it is left
    await page.keyboard.press('c');
    await expect.poll(() => hunk.getByTestId('comment').count()).toBe(2);
    await page.keyboard.press('Escape');
    await expect.poll(() => hunk.getByTestId('comment').count()).toBe(1);
    await expect.poll(() => count(page)).toBe('1 comment on changes');

    await review.locator('[data-hunk="1.0"]').focus();
    await bar(page).getByTestId('change-comments-fold').click();
    await bar(page).getByRole('button', { name: 'src/range.rs, line 42', exact: true }).click();
    await expect.poll(() => hunk.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.getByTestId('review-close').click();
    await bar(page).getByRole('button', { name: 'src/range.rs, line 42', exact: true }).click();
    await expect.poll(() => hunk.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test('wait for the end of a task that runs', async () => {
    const host = done({ status: 'running' });
    host.on('queue_prompt', () => null);
    const page = await open(host);
    await comment(page, 'Cargo.lock', 0, 'Pin it.');
    await expect.poll(() => bar(page).getByTestId('change-comments-send').textContent()).toContain('Send after this task');
    await bar(page).getByTestId('change-comments-send').click();
    await expect.poll(() => host.called('queue_prompt')).toMatchObject([
      { session: 's1', items: [{ type: 'text', text: expect.stringContaining('Pin it.') }] },
    ]);
    await expect.poll(() => bar(page).count()).toBe(0);
    expect(ops(host)).toEqual([]);
  });

  test('stay when they can’t be sent, and so does what is typed', async () => {
    const host = done();
    host.on('submit', () => {
      throw new Error('the disk is full');
    });
    const page = await open(host);
    await comment(page, 'Cargo.lock', 0, 'Pin it.');
    await page.getByTestId('composer').fill('Please');
    await bar(page).getByTestId('change-comments-send').click();
    await page.getByTestId('toast').filter({ hasText: 'disk is full' }).waitFor();
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('Please');
    await expect.poll(() => count(page)).toBe('1 comment on changes');
    await expect.poll(() => bar(page).getByTestId('change-comments-send').isEnabled()).toBe(true);
  });

  test('quote the lines as they were when these have changed since', async () => {
    const host = done();
    const page = await open(host);
    await comment(page, 'Cargo.lock', 0, 'Pin it.');
    const changes = diffs.changes();
    host.change({ type: 'changes', changes: { ...changes, files: changes.files.filter(({ path }) => path !== 'Cargo.lock') } });
    await expect.poll(() => panel(page).getByTestId('comment').count()).toBe(0);
    await bar(page).getByTestId('change-comments-fold').click();
    await bar(page).getByText('These lines aren’t in the changes shown.').waitFor();
    await bar(page).getByTestId('change-comments-send').click();
    await expect.poll(() => ops(host)).toMatchObject([
      { items: [{ text: expect.stringContaining('> +version = "0.3.1"\nPin it.') }] },
    ]);
  });

  test('are of their session alone', async () => {
    const page = await open(done());
    await comment(page, 'Cargo.lock', 0, 'Pin it.');
    await page.locator('[data-testid=session-item][data-session=s2]').click();
    await expect.poll(() => bar(page).count()).toBe(0);
  });
});

test('a comment on lines of a long hunk that aren’t loaded quotes these', async () => {
  const host = done();
  const long = diffs.longHunk(5_000);
  const file = diffs.file('table.rs', [long.hunk], { status: 'added' });
  const session = host.sessions['s1'];
  if (!session) throw new Error('no session');
  host.sessions['s1'] = { ...session, changes: { files: [file], added: 5_000, removed: 0, notes: [] } };
  host.on('hunk_lines', ({ from, count }) => long.lines(from, count));
  const page = await open(host);
  await comment(page, 'table.rs', 0, 'Generate it.');
  await bar(page).getByTestId('change-comments-send').click();
  await expect.poll(() => ops(host)).toMatchObject([
    { items: [{ text: expect.stringMatching(/table\.rs, lines 1-5000 \(as the file is\):\n> \+ {4}\("entry-0".*[^]*4960 more lines/) }] },
  ]);
});
