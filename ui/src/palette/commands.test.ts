import { describe, expect, test } from 'vitest';
import * as data from '../../e2e/fixture/data';
import * as diffs from '../../e2e/fixture/diffs';
import * as work from '../../e2e/fixture/work';
import type { ApprovalCard, Commands, SessionSnapshot, SessionView } from '../bindings';
import { App } from '../state/app.svelte';
import type { Command } from './command';
import { commands } from './commands';
import { defaults, matches } from './entries';

interface Call {
  name: keyof Commands;
  args: unknown;
}

const NONE = { sessions: [], total: 0 };

/** The commands of a window on a session in some state, and the calls to its host. */
async function windowOn(view: Partial<SessionView>): Promise<{ all: () => Command[]; called: Call[] }> {
  const called: Call[] = [];
  const session: SessionView = { ...data.finished().view, ...view };
  const snapshot: SessionSnapshot = {
    id: 's1',
    project: 'p1',
    seq: 0,
    session,
    changes: diffs.changes(),
    total_rows: 1,
    first_row: 0,
    rows: [data.row(0)],
  };
  const answers: Partial<Record<keyof Commands, unknown>> = { app: data.app() };
  const app = new App({
    call: (name, args) => {
      called.push({ name, args });
      return Promise.resolve((answers[name] ?? null) as never);
    },
    attach: () => Promise.resolve(() => {}),
    subscribe: () => Promise.resolve(snapshot),
    unsubscribe: () => Promise.resolve(),
  });
  await app.start();
  called.length = 0;
  return { all: () => commands(app), called };
}

describe('commands', () => {
  test.each<[string, ApprovalCard]>([
    ['patch', diffs.patchApproval()],
    ['command', work.commandApproval()],
  ])('none answers a %s that waits, whatever is done', async (_what, approval) => {
    const { all, called } = await windowOn({ status: 'waiting', approvals: [approval], redoable: true });
    const before = all();
    expect(before.map((each) => each.id)).toContain('decision');
    for (const command of before) await command.run();
    expect(called.length).toBeGreaterThan(10);
    const ops = called.flatMap((call) => (call.name === 'submit' ? [(call.args as { op: unknown }).op] : []));
    expect(ops).toEqual([{ type: 'interrupt' }]);
  });

  test('each has a name of its own, and none loosens what the agent may do', async () => {
    const { all } = await windowOn({});
    const ids = all().map((each) => each.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('policy');
    const found = matches('never ask', all(), [], NONE).flatMap((group) => group.entries);
    expect(found).toEqual([]);
  });
});

describe('a session on an isolated copy', () => {
  const ids = (all: Command[]) => all.map((each) => each.id);

  test('has its changes brought in, not committed', async () => {
    const { all, called } = await windowOn({ isolated: 'c1' });
    expect(ids(all())).toContain('bring in');
    expect(ids(all())).not.toContain('commit');
    await all().find((each) => each.id === 'bring in')?.run();
    expect(called).toContainEqual({ name: 'bring_in', args: { copy: 'c1' } });
    const inFolder = ids((await windowOn({})).all());
    expect(inFolder).toContain('commit');
    expect(inFolder).not.toContain('bring in');
  });

  test('is begun by a command of its own', async () => {
    const { all, called } = await windowOn({});
    await all().find((each) => each.id === 'new isolated')?.run();
    expect(called).toContainEqual({ name: 'new_session', args: { project: 'p1', isolated: true } });
  });
});

describe('what is listed', () => {
  const names = (groups: ReturnType<typeof matches>) => groups.map((group) => group.name);

  test('begins with the sessions used last, without the one that is shown', async () => {
    const { all } = await windowOn({});
    const [first, ...others] = defaults(all(), data.app().sessions, 's1');
    expect(first?.name).toBe('Recent sessions');
    expect(first?.entries.map((entry) => entry.id)).toEqual(['session s2', 'session s3', 'session s4', 'session s5']);
    // commands of which there are many are listed for a query only
    expect(others.flatMap((group) => group.entries).some((entry) => entry.id.startsWith('model '))).toBe(false);
    expect(names(matches('devstral', all(), [], NONE))).toEqual(['Commands']);
  });

  test('has commands above sessions, unless a session matches much better', async () => {
    const { all } = await windowOn({});
    const sessions = data.app().sessions;
    expect(names(matches('rename', all(), sessions, NONE))).toEqual(['Commands', 'Sessions']);
    expect(names(matches('failing', all(), sessions, NONE))[0]).toBe('Sessions');
  });

  test('has matches in the text below, without those found by name already', async () => {
    const { all } = await windowOn({});
    const [, cached, looked] = data.app().sessions;
    if (!cached || !looked) throw new Error('no sessions');
    const found = { sessions: [cached, looked], total: 2 };
    const last = matches('cache', all(), data.app().sessions, found).at(-1);
    expect(last?.name).toBe('Mentioned in sessions');
    expect(last?.entries.map((entry) => entry.id)).toEqual(['mention s3']);
    const more = matches('cache', all(), data.app().sessions, { ...found, total: 40 }).at(-1);
    expect(more?.entries.at(-1)).toEqual({ id: 'more', type: 'more', total: 40 });
  });
});
