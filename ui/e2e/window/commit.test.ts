import { describe, expect, test } from 'vitest';
import type { CommitPlan, FileView } from '../../src/bindings';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { inBrowser } from '../fixture/window';
import * as work from '../fixture/work';

const open = inBrowser();

/** A host on which a task is done, in a repository with this plan. */
function planned(plan: Partial<CommitPlan> = {}): FixtureHost {
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
  host.on('commit_plan', () => work.commitPlan(plan));
  host.on('commit', () => ({ type: 'made', id: '1a2b3c4' }));
  return host;
}

/** Hunks of `src/range.rs`, each of one line. */
function range(...names: string[]): FileView {
  const hunks = names.map((name, at) => diffs.hunk(`1.${at}`, 10 + at * 30, ` let a = 1;\n-old_${name}();\n+new_${name}();\n }`));
  return diffs.file('src/range.rs', hunks);
}

/** A host on which a file of the session has three hunks against the last commit, beside files of all kinds. */
function hunked(): FixtureHost {
  const files: CommitPlan['files'] = [
    { path: 'assets/icon.png', status: 'modified', tracked: true },
    { path: 'notes/old.md', status: 'deleted', tracked: true },
    { path: 'notes/todo.md', status: 'added', tracked: false },
    { path: 'src/range.rs', status: 'modified', tracked: true },
  ];
  const host = planned({ files });
  host.on('compare_changes', () => ({
    files: [
      diffs.file('assets/icon.png', [], { notes: ['binary file'], marks: ['binary'] }),
      diffs.file('notes/old.md', [diffs.hunk('1.0', 1, '-# Old')], { status: 'deleted' }),
      diffs.file('notes/todo.md', [diffs.hunk('2.0', 1, '+# To do\n+\n+* tilde ranges')], { status: 'added' }),
      range('lower', 'upper', 'both'),
    ],
    ...{ added: 6, removed: 4, notes: [] },
  }));
  return host;
}

describe('hunks of a commit', () => {
  test('are shown beneath their file, and left out one by one', async () => {
    const host = hunked();
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    const item = dialog.locator('[data-path="src/range.rs"]');
    const file = item.getByLabel('Commit src/range.rs', { exact: true });
    const hunk = (at: number) => item.getByLabel(`Commit hunk ${at} of 3 in src/range.rs`);
    await dialog.getByTestId('commit-message').fill('Rename');
    // nothing to unfold in what is no text
    await expect.poll(() => dialog.getByTestId('commit-unfold').count()).toBe(3);
    await item.getByTestId('commit-unfold').click();
    await item.getByText('new_upper();').waitFor();
    await hunk(2).uncheck();
    const mixed = () => file.evaluate((box: HTMLInputElement) => [box.indeterminate, box.checked]);
    await expect.poll(mixed).toEqual([true, false]);
    await expect.poll(() => item.getByTestId('commit-some').textContent()).toBe('2 of 3 hunks');
    await dialog.getByTestId('commit-left').waitFor();
    await axe(page);
    await dialog.getByRole('button', { name: 'Commit 2 hunks' }).click();
    await page.getByText('Committed as 1a2b3c4 on main').waitFor();
    const digests = range('lower', 'upper', 'both').hunks.map((each) => each.digest);
    expect(host.called('commit')).toEqual([
      {
        project: 'p1',
        request: {
          paths: [],
          partial: [
            { path: 'src/range.rs', hunks: [{ at: 0, digest: digests[0] }, { at: 2, digest: digests[2] }] },
          ],
          message: 'Rename',
          run_hooks: true,
        },
      },
    ]);
  });

  test('are the whole file when all are picked, and the file’s box picks all or none', async () => {
    const host = hunked();
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    const item = dialog.locator('[data-path="src/range.rs"]');
    const boxes = () =>
      item.locator('input').evaluateAll((all) => all.map((box) => (box as HTMLInputElement).checked));
    await item.getByTestId('commit-unfold').click();
    await expect.poll(boxes).toEqual([true, true, true, true]);
    await item.locator('input').nth(1).uncheck();
    await item.locator('input').nth(0).click();
    await expect.poll(boxes).toEqual([true, true, true, true]);
    await item.locator('input').nth(0).click();
    await expect.poll(boxes).toEqual([false, false, false, false]);
    // one that is gone, and a new one
    await dialog.locator('[data-path="notes/old.md"]').getByTestId('commit-unfold').click();
    await dialog.getByText('A deleted file is committed as a whole.').waitFor();
    const added = dialog.locator('[data-path="notes/todo.md"]');
    await added.getByTestId('commit-unfold').click();
    await added.getByLabel('Commit hunk 1 of 1 in notes/todo.md').check();
    await dialog.getByTestId('commit-message').fill('Rename');
    await dialog.getByRole('button', { name: 'Commit 1 file' }).click();
    await page.getByText('Committed as 1a2b3c4 on main').waitFor();
    const [args] = host.called('commit') as { request: { paths: string[]; partial?: unknown } }[];
    expect([args?.request.paths, args?.request.partial]).toEqual([['notes/todo.md'], undefined]);
  });

  test('are reached by the arrows, and picked by Space', async () => {
    const host = hunked();
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    await dialog.getByTestId('commit-message').fill('Rename');
    await dialog.getByLabel('Commit notes/todo.md').focus();
    await dialog.getByTestId('commit-unfold').nth(2).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toBe('Commit src/range.rs');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toBe('Commit hunk 2 of 3 in src/range.rs');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await expect.poll(focused).toContain('Changes in src/range.rs');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(focused).toBe('Commit src/range.rs');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => dialog.getByTestId('commit-hunk').count()).toBe(0);
    await page.keyboard.press('ArrowUp');
    await expect.poll(focused).toBe('Commit notes/todo.md');
    await page.keyboard.press('Space');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Committed as 1a2b3c4 on main').waitFor();
    const [args] = host.called('commit') as { request: { paths: string[]; partial: { hunks: { at: number }[] }[] } }[];
    expect(args?.request.paths).toEqual(['notes/todo.md']);
    expect(args?.request.partial[0]?.hunks.map(({ at }) => at)).toEqual([0, 2]);
  });

  test('that have changed since are named, and shown as they are by now', async () => {
    const host = hunked();
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    const item = dialog.locator('[data-path="src/range.rs"]');
    await item.getByTestId('commit-unfold').click();
    await item.getByLabel('Commit hunk 2 of 3').uncheck();
    await dialog.getByTestId('commit-message').fill('Rename');
    host.on('commit', () => {
      throw new Error('src/range.rs has changed since its hunks were shown; nothing was committed');
    });
    host.on('compare_changes', () => ({
      files: [range('first', 'lower', 'both')],
      ...{ added: 3, removed: 3, notes: [] },
    }));
    await dialog.getByTestId('commit-apply').click();
    await dialog.getByTestId('commit-problem').getByText('has changed since its hunks were shown').waitFor();
    await item.getByText('new_first();').waitFor();
    // what was picked and is the same is picked
    const checked = () =>
      item.getByTestId('commit-hunk').locator('input').evaluateAll((all) => all.map((box) => (box as HTMLInputElement).checked));
    await expect.poll(checked).toEqual([false, true, true]);
    await expect.poll(() => dialog.getByTestId('commit-message').inputValue()).toBe('Rename');
  });

  test('go to the model with a draft of the message, and whole files are picked where they can’t be compared', async () => {
    const host = hunked();
    host.on('draft_commit_message', () => ({ text: 'Rename it', stopped: false, usage: null }));
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    const item = dialog.locator('[data-path="src/range.rs"]');
    await item.getByTestId('commit-unfold').click();
    await item.getByLabel('Commit hunk 1 of 3').uncheck();
    await dialog.getByTestId('draft-message').click();
    await expect.poll(() => dialog.getByTestId('commit-message').inputValue()).toBe('Rename it');
    const [asked] = host.called('draft_commit_message') as { paths: string[]; partial: { hunks: { at: number }[] }[] }[];
    expect([asked?.paths, asked?.partial[0]?.hunks.map(({ at }) => at)]).toEqual([[], [1, 2]]);
    await page.keyboard.press('Escape');

    host.on('compare_changes', () => {
      throw new Error('6,000 files differ from the last commit, too many to show');
    });
    await page.getByTestId('commit-open').click();
    await dialog.getByTestId('commit-no-hunks').getByText('too many to show').waitFor();
    await expect.poll(() => dialog.getByTestId('commit-unfold').count()).toBe(0);
    await dialog.getByTestId('commit-message').fill('Rename');
    await dialog.getByRole('button', { name: 'Commit 1 file' }).click();
    await page.getByText('Committed as 1a2b3c4 on main').waitFor();
  });
});

describe('a commit', () => {
  test('takes what changed in the session at first, by the keyboard alone', async () => {
    const host = planned();
    const page = await open(host);
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('commit');
    await page.keyboard.press('Enter');
    const dialog = page.getByTestId('commit-dialog');
    await dialog.getByTestId('commit-file').first().waitFor();
    await expect.poll(() => dialog.getByTestId('commit-branch').textContent()).toBe('main');
    const picked = dialog.locator('[data-testid=commit-file]:has(:checked)');
    await expect.poll(() => picked.evaluateAll((all) => all.map((item) => (item as HTMLElement).dataset.path))).toEqual([
      'src/range.rs',
    ]);
    // without a message there is no commit
    await page.keyboard.press('Control+Enter');
    expect(host.called('commit')).toEqual([]);
    await page.keyboard.type('Keep carets below the next major');
    await page.keyboard.press('Enter');
    await page.keyboard.type('As the specification says.');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Committed as 1a2b3c4 on main').waitFor();
    expect(host.called('commit')).toEqual([
      {
        project: 'p1',
        request: {
          paths: ['src/range.rs'],
          message: 'Keep carets below the next major\nAs the specification says.',
          run_hooks: true,
        },
      },
    ]);
    await expect.poll(() => dialog.count()).toBe(0);
  });

  test('names hooks, filters and a signature that is asked for, and shows what a hook said', async () => {
    const host = planned({ hooks: ['pre-commit', 'commit-msg'], filters: ['lfs'], signs: true });
    host.on('commit', ({ request }) =>
      request.run_hooks
        ? { type: 'refused', output: 'src/range.rs: no debug prints' }
        : { type: 'made', id: '1a2b3c4' },
    );
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    await dialog.getByText('hooks: pre-commit, commit-msg').waitFor();
    await dialog.getByText('lfs').waitFor();
    await dialog.getByTestId('commit-unsigned').waitFor();
    await dialog.getByTestId('commit-message').fill('Try');
    await dialog.getByTestId('commit-all').check();
    await dialog.getByTestId('commit-apply').click();
    await dialog.getByText('no debug prints').waitFor();
    // the message stays, and the person may decide otherwise
    await expect.poll(() => dialog.getByTestId('commit-message').inputValue()).toBe('Try');
    await dialog.getByTestId('commit-hooks').uncheck();
    await dialog.getByTestId('commit-apply').click();
    await page.getByText('Committed as 1a2b3c4').waitFor();
    const paths = host.called('commit').map((args) => (args as { request: { paths: string[] } }).request.paths.length);
    expect(paths).toEqual([3, 3]);
  });

  test('is not made where git knows no author, or a merge is under way, or there is no repository', async () => {
    const host = planned({ author: null });
    const page = await open(host);
    const dialog = page.getByTestId('commit-dialog');
    const apply = dialog.getByTestId('commit-apply');
    await page.getByTestId('commit-open').click();
    await dialog.getByTestId('commit-message').fill('Try');
    await expect.poll(() => apply.isDisabled()).toBe(true);
    await expect.poll(() => dialog.getByTestId('commit-author').textContent()).toContain('user.name');
    await page.keyboard.press('Escape');

    host.on('commit_plan', () => work.commitPlan({ underway: 'merge' }));
    await page.getByTestId('commit-open').click();
    await dialog.getByTestId('commit-underway').waitFor();
    await dialog.getByTestId('commit-message').fill('Try');
    await expect.poll(() => apply.isDisabled()).toBe(true);
    await page.keyboard.press('Escape');

    host.on('commit_plan', () => {
      throw new Error('this folder is in no git repository: fatal: not a git repository');
    });
    await page.getByTestId('commit-open').click();
    await dialog.getByTestId('commit-problem').waitFor();
    await expect.poll(() => apply.count()).toBe(0);
  });

  test('says when git’s index is not up to date with it', async () => {
    const host = planned();
    host.on('commit', () => ({ type: 'made', id: '1a2b3c4', index_error: 'fatal: Unable to create index.lock' }));
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    await dialog.getByTestId('commit-message').fill('Try');
    await dialog.getByTestId('commit-apply').click();
    await page.getByText('Committed as 1a2b3c4 on main').waitFor();
    await page.getByText('its files look staged').waitFor();
    await expect.poll(() => dialog.count()).toBe(0);
  });

  test('begins a branch that the person names, or none after all', async () => {
    const host = planned();
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    await dialog.getByTestId('commit-message').fill('Keep carets below the next major');
    await dialog.getByTestId('new-branch').click();
    // a branch without a name is none
    await expect.poll(() => dialog.getByTestId('commit-apply').isDisabled()).toBe(true);
    await page.keyboard.type('topic/carets');
    await dialog.getByTestId('no-branch').click();
    await expect.poll(() => dialog.getByTestId('commit-branch').textContent()).toBe('main');
    await dialog.getByTestId('new-branch').click();
    await page.keyboard.type('topic/carets');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Committed as 1a2b3c4 on topic/carets').waitFor();
    const [args] = host.called('commit') as { request: { new_branch?: string } }[];
    expect(args?.request.new_branch).toBe('topic/carets');
  });
});
