import { describe, expect, test } from 'vitest';
import type { CommitPlan } from '../../src/bindings';
import * as data from '../fixture/data';
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
