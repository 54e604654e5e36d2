import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { PreviewComparison, RowBody, SessionView } from '../../src/bindings';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { inBrowser, ops } from '../fixture/window';
import * as work from '../fixture/work';

const open = inBrowser();

function working(change: Partial<SessionView> = {}): FixtureHost {
  const session = work.work();
  session.view = { ...session.view, ...change };
  return new FixtureHost(data.app({ waiting: 0 }), { s1: session });
}

describe('a command that ran for real after its preview', () => {
  const ran = (as_previewed: PreviewComparison) => {
    const row: RowBody = {
      ...{ type: 'command', ...work.SERVER, call_id: 'c1', display: 'make fix', status: 'ok', background: false },
      ...{ end: { ended_by: { by: 'exited', code: 0 }, total_bytes: 0, duration_ms: 40 }, as_previewed },
    };
    return new FixtureHost(data.app({ waiting: 0 }), {
      s1: { ...data.finished(), row: () => ({ id: 'r0', at_ms: 1, body: row }), total: 1 },
    });
  };

  test('says that it did what was shown, folded', async () => {
    const page = await open(ran({ type: 'same' }));
    await page.getByRole('button', { name: /make fix/ }).first().click();
    await page.getByText('did what its preview showed').waitFor();
  });

  test('names the paths that differ, unfolded by itself', async () => {
    const page = await open(ran({ type: 'different', paths: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }));
    await page.getByText('It did something else than its preview showed: a, b, c, d, e and 2 more.').waitFor();
  });
});

describe('tools', () => {
  test('a group of looks opens to its calls, and a call to what it found', async () => {
    const host = working();
    host.on('command_output', ({ call_id }) => `found by ${call_id}`);
    const page = await open(host);
    await page.getByRole('button', { name: 'Read 3 files, searched 1 time' }).click();
    await page.getByRole('button', { name: 'Search . (*.rs) for fn upper' }).click();
    await page.getByText('found by look search . (*.rs) for fn upper').waitFor();
    expect(host.called('command_output')).toEqual([
      { session: 's1', call_id: 'look search . (*.rs) for fn upper' },
    ]);
  });

  test('a call of an MCP tool is decided by all of it', async () => {
    const approval = work.toolApproval();
    if (approval.body.type !== 'tool') throw new Error('not a tool');
    const host = new FixtureHost(data.app(), {
      s1: data.session({ view: data.view({ approvals: [approval] }) }),
    });
    const page = await open(host);
    await expect.poll(() => page.getByTestId('tool-server').textContent()).toBe('tickets');
    await expect.poll(() => page.getByTestId('tool-name').textContent()).toBe('add_comment');
    await expect.poll(() => page.getByTestId('tool-arguments').textContent()).toBe(approval.body.arguments);
    await page.getByText('Notifies everyone who watches the issue').waitFor();
    await expect.poll(() => page.getByTestId('session-rule').textContent()).toContain(approval.session_rule);
    await page.getByTestId('note').fill('not in public');
    await page.getByTestId('deny').click();
    await expect
      .poll(() => ops(host))
      .toEqual([
        { type: 'decide', call_id: 'call_tool', binding: 'first', decision: 'denied', note: 'not in public' },
      ]);
  });

  test('what is less than no sandbox comes first, and a rule is saved only by its button', async () => {
    const host = new FixtureHost(data.app(), {
      s1: data.session({ view: data.view({ approvals: [work.offeringApproval()] }) }),
    });
    const page = await open(host);
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Run without sandbox');
    await expect.poll(() => page.getByTestId('grant-rule').textContent()).toContain('write /home/mira/.cache/nextest');
    await expect.poll(() => page.getByTestId('saved-rule').textContent()).toContain('`cargo test`');
    await page.getByTestId('approve-grant').click();
    await expect.poll(() => ops(host)).toMatchObject([{ decision: 'approved_with_grant', binding: 'second' }]);
  });
});

describe('an undo', () => {
  function undoable(): FixtureHost {
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
    host.on('preview_undo', work.undoView);
    return host;
  }

  test('is shown first, leaves alone what somebody changed, and overwrites it only when told', async () => {
    const host = undoable();
    const page = await open(host);
    await page.getByTestId('undo-task').click();
    const dialog = page.getByTestId('undo-dialog');
    await dialog.getByText('Skipped: changed since by someone else').waitFor();
    expect(host.called('preview_undo')).toEqual([{ session: 's1', task_id: 1, redo: false }]);
    expect(host.called('apply_undo')).toEqual([]);
    await expect
      .poll(async () => (await page.getByTestId('undo-apply').textContent())?.trim())
      .toBe('Undo 3 files');
    await page.getByTestId('undo-overwrite').check();
    await expect
      .poll(async () => (await page.getByTestId('undo-apply').textContent())?.trim())
      .toBe('Undo 4 files');
    await page.getByTestId('undo-apply').click();
    await dialog.waitFor({ state: 'detached' });
    expect(host.called('apply_undo')).toEqual([{ session: 's1', task_id: 1, redo: false, overwrite: true }]);
  });

  test('changes nothing when it is cancelled', async () => {
    const host = undoable();
    const page = await open(host);
    await page.getByTestId('undo-last').click();
    await page.getByTestId('undo-cancel').click();
    await page.getByTestId('undo-dialog').waitFor({ state: 'detached' });
    expect(host.called('apply_undo')).toEqual([]);
  });

  test('that fails says why, and can be tried again', async () => {
    const host = undoable();
    host.on('apply_undo', () => {
      throw new Error('the disk is full');
    });
    const page = await open(host);
    await page.getByTestId('undo-last').click();
    await page.getByTestId('undo-apply').click();
    await page.getByTestId('undo-problem').getByText('The disk is full').waitFor();
    await expect.poll(() => page.getByTestId('undo-apply').isEnabled()).toBe(true);
  });

  test('says what it cannot restore', async () => {
    const host = working();
    const lost = "1,000 ignored files are gone and can't be restored: data (1,000)";
    host.on('preview_undo', () => ({ ...work.undoView(), lost }));
    const page = await open(host);
    await page.getByTestId('undo-last').click();
    await page.getByTestId('undo-lost').getByText(lost).waitFor();
  });

  test('can be taken back, but not while a task runs', async () => {
    const host = working();
    host.on('preview_undo', () => ({ ...work.undoView(), redo: true, conflicts: [] }));
    const page = await open(host);
    await page.getByTestId('redo').click();
    await page.getByTestId('undo-apply').click();
    await page.getByTestId('undo-dialog').waitFor({ state: 'detached' });
    expect(host.called('apply_undo')).toEqual([{ session: 's1', task_id: null, redo: true, overwrite: false }]);
    const { view } = work.work();
    host.change({ type: 'session', session: { ...view, status: 'running' } });
    await expect.poll(() => page.getByTestId('redo').isDisabled()).toBe(true);
  });
});

describe('a summary', () => {
  test('is asked for at the meter, not while a task runs, and opens', async () => {
    const host = working();
    const page = await open(host);
    await page.getByTestId('context-meter').click();
    await page.getByTestId('compact').click();
    await expect.poll(() => ops(host)).toEqual([{ type: 'compact' }]);
    await page.getByRole('button', { name: 'Conversation summarized' }).click();
    await page.getByRole('heading', { name: 'What the person wants' }).waitFor();
    const { view } = work.work();
    host.change({ type: 'session', session: { ...view, status: 'running', compacting: true } });
    await expect.poll(() => page.getByTestId('context-meter').textContent()).toContain('summarizing');
    await page.getByTestId('context-meter').click();
    await expect.poll(() => page.getByTestId('compact').isDisabled()).toBe(true);
  });
});

describe('a command in the background', () => {
  test('is counted by the composer, prints there live, and is stopped', async () => {
    const host = working();
    const page = await open(host);
    await expect.poll(() => page.getByTestId('background-count').textContent()).toContain('2 commands running');
    await page.getByTestId('background-count').click();
    const item = page.getByTestId('background-item').first();
    await item.getByRole('button').first().click();
    const output = item.getByRole('group', { name: 'Output' });
    await output.getByText('ready in 412 ms').waitFor();
    host.change({ type: 'append', index: 2, text: 'GET /index.html\n' });
    await output.getByText('GET /index.html').waitFor();
    await item.getByTestId('stop-command').click();
    await expect.poll(() => ops(host)).toEqual([{ type: 'stop_command', call_id: 'server' }]);
    const { view } = work.work();
    host.change({ type: 'session', session: { ...view, background: [] } });
    await page.getByTestId('background').waitFor({ state: 'detached' });
  });

  test('is fetched from wherever its row is, and brought into view', async () => {
    const session = work.work();
    const base = session.row;
    session.total = 5000;
    session.row = (index) => (index < 10 ? base(index) : data.row(index));
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: session });
    const page = await open(host);
    await page.getByTestId('background-count').click();
    const item = page.getByTestId('background-item').first();
    await item.getByRole('button').first().click();
    await item.getByText('ready in 412 ms').waitFor();
    await item.getByRole('button', { name: 'Show in the conversation' }).click();
    await page.locator('[data-testid=row][data-index="2"]').waitFor();
    await expect.poll(() => page.locator('[data-testid=row][data-index="2"]').isVisible()).toBe(true);
  });
});

describe('sessions', () => {
  const quiet = () => new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished(), s2: data.session() });
  const menu = (page: Page, at: number) =>
    page.getByTestId('session-list').getByTestId('session-menu').nth(at).click();

  test('are found by their words, with the place, and the search ends with Escape', async () => {
    const host = quiet();
    host.on('search_sessions', work.found);
    const page = await open(host);
    await page.keyboard.press('Control+Shift+F');
    await page.keyboard.type('upper bound');
    await page.getByTestId('snippet').first().waitFor();
    // it looks while the words are still being typed
    await expect
      .poll(() => host.called('search_sessions').at(-1))
      .toEqual({ words: 'upper bound', everywhere: false, shelf: 'sessions', from: 0, count: 50 });
    await expect.poll(() => page.getByTestId('snippet').first().locator('mark').allTextContents()).toEqual(['upper bound']);
    await page.getByTestId('session-item').first().click();
    await expect.poll(() => host.called('open_session')).toEqual([{ session: 's2' }]);
    await page.getByTestId('session-search').press('Escape');
    await expect.poll(() => page.getByTestId('snippet').count()).toBe(0);
    await expect.poll(() => page.getByTestId('session-item').count()).toBe(5);
  });

  test('are looked for in the trash, and taken out of it', async () => {
    const host = quiet();
    host.on('search_sessions', ({ shelf }) => ({
      sessions: work.found().sessions.map((each) => ({ ...each, shelf })),
      total: 2,
    }));
    const page = await open(host);
    await page.getByTestId('search-where').click();
    await page.getByRole('menuitemradio', { name: 'Trash' }).click();
    await page.getByText('In the trash: 2').waitFor();
    await menu(page, 0);
    await page.getByText('Restore from trash').click();
    await expect.poll(() => host.called('restore_session')).toEqual([{ session: 's2' }]);
  });

  test('are named', async () => {
    const host = quiet();
    const page = await open(host);
    await menu(page, 0);
    await page.getByText('Rename…').click();
    await page.getByTestId('rename-field').fill('  Caret ranges ');
    await page.getByTestId('rename-field').press('Enter');
    await page.getByTestId('rename-dialog').waitFor({ state: 'detached' });
    expect(host.called('rename_session')).toEqual([{ session: 's1', title: 'Caret ranges' }]);
  });

  test('are forked at a task', async () => {
    const host = quiet();
    host.sessions.s9 = data.session();
    host.on('fork_session', () => 's9');
    const page = await open(host);
    await page.getByTestId('task-menu').first().click();
    await page.getByTestId('fork-here').click();
    await expect.poll(() => host.called('fork_session')).toEqual([{ session: 's1', task: 1 }]);
  });

  test('are deleted with a way back; the one that was shown is shown no more', async () => {
    const host = quiet();
    const page = await open(host);
    await menu(page, 0);
    await page.getByText('Move to trash').click();
    await page.getByTestId('empty').waitFor();
    expect(host.called('delete_session')).toEqual([{ session: 's1' }]);
    await page.getByTestId('toast-action').click();
    await expect.poll(() => host.called('restore_session')).toEqual([{ session: 's1' }]);
  });
});

test('a server that was found here is offered, and taken with one press', async () => {
  const host = new FixtureHost(data.app({ project: null, session: null, sessions: [] }));
  const page = await open(host);
  await page.getByTestId('use-local').click();
  await expect
    .poll(() => host.called('save_settings'))
    .toMatchObject([{ provider: 'ollama', model: 'qwen3-coder:30b' }]);
  await page.getByTestId('local-offer').waitFor({ state: 'detached' });
});
