import { beforeEach, describe, expect, test } from 'vitest';
import type { AppView, UpdateBatch, Change, Commands, SessionSnapshot, SessionView, Update } from '../bindings';
import type { Host } from '../host/host';
import { App } from './app.svelte';

const VIEW: SessionView = {
  session_id: 'a',
  title: '',
  status: 'idle',
  provider: 'practice',
  model: 'practice',
  policies: { approval: 'on-request', sandbox: { mode: 'read-only', network: 'none' }, review_patches: true },
  sandbox: null,
  tokens: { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, reasoning_output_tokens: 0 },
  context_used: 0,
  context_window: null,
  task_started_ms: null,
  approvals: [],
  compacting: false,
  background: [],
  undoable: null,
  redoable: false,
  error: null,
};

function appView(session: string | null): AppView {
  return {
    version: '0',
    projects: [],
    project: 'p',
    sessions: [],
    session,
    providers: [],
    settings: {
      provider: 'practice',
      model: 'practice',
      reasoning_effort: null,
      policies: VIEW.policies,
      theme: 'system',
      approve_only_viewed: false,
      task_cost_limit: null,
      task_token_limit: null,
      reviewer: null,
      editor_command: '',
      notify_turn_complete: true,
      notify_approval: true,
      close_action: 'ask',
    },
    setting_sources: {},
    sandbox: null,
    keychain_problem: null,
    waiting: 0,
  };
}

function snapshot(id: string, seq: number, title = '', project = 'p'): SessionSnapshot {
  return {
    id,
    project,
    seq,
    session: { ...VIEW, session_id: id, title },
    changes: { files: [], added: 0, removed: 0, notes: [] },
    total_rows: 0,
    first_row: 0,
    rows: [],
  };
}

const titled = (title: string): Change => ({ type: 'session', session: { ...VIEW, title } });

/** A host that answers when it is told to. */
class HandHost implements Host {
  calls: string[] = [];
  answers = new Map<string, (args: never) => unknown>();
  onBatch: (batch: UpdateBatch) => void = () => undefined;
  onConnection: (connected: boolean) => void = () => undefined;
  #seq = 0;

  async call<K extends keyof Commands>(name: K, args: Commands[K]['args']): Promise<Commands[K]['reply']> {
    this.calls.push(name);
    const answer = this.answers.get(name);
    if (!answer) throw { message: `no answer to ${name}`, hint: null };
    return (await answer(args as never)) as Commands[K]['reply'];
  }

  async attach(onBatch: (batch: UpdateBatch) => void, onConnection?: (connected: boolean) => void) {
    this.onBatch = onBatch;
    if (onConnection) this.onConnection = onConnection;
    return () => undefined;
  }

  followed = new Set<string>();

  async subscribe(session: string): Promise<SessionSnapshot> {
    const answer = this.answers.get('subscribe');
    if (!answer) throw { message: 'no answer to subscribe', hint: null };
    this.followed.add(session);
    return (await answer(session as never)) as SessionSnapshot;
  }

  async unsubscribe(session: string): Promise<void> {
    this.followed.delete(session);
  }

  send(...updates: Update[]): void {
    this.#seq += 1;
    this.onBatch({ seq: this.#seq, updates });
  }

  session(id: string, seq: number, change: Change): void {
    this.send({ type: 'session', id, seq, change });
  }

  skip(): void {
    this.#seq += 1;
  }

  renumber(): void {
    this.#seq = 0;
  }
}

/** Lets everything that is ready happen. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('the window of one session', () => {
  test('sends what was edited to a fork in another window, and stays', async () => {
    const host = new HandHost();
    const sent: unknown[] = [];
    host.answers.set('app', () => appView('b'));
    host.answers.set('subscribe', (id) => snapshot(id, 5));
    host.answers.set('fork_session', (args) => (sent.push(args), 'fork'));
    for (const name of ['submit', 'open_window']) host.answers.set(name, (args) => (sent.push(args), null));
    const app = new App(host, 'a');
    await app.start();
    expect(await app.sessions.resend('a', 4, [{ type: 'text', text: 'again' }])).toBe(true);
    expect(sent).toEqual([
      { session: 'a', task: 3 },
      { session: 'fork', op: { type: 'user_input', items: [{ type: 'text', text: 'again' }] } },
      { session: 'fork' },
    ]);
    await app.sessions.fork('a', null);
    expect(sent.slice(3)).toEqual([{ session: 'a', task: null }, { session: 'fork' }]);
    expect(host.calls.slice(-2)).toEqual(['fork_session', 'open_window']);
    expect(app.session?.id).toBe('a');
  });
});

describe('the app', () => {
  let host: HandHost;
  let app: App;

  beforeEach(async () => {
    host = new HandHost();
    host.answers.set('app', () => appView('a'));
    host.answers.set('subscribe', () => snapshot('a', 5, 'snapshot'));
    app = new App(host);
    await app.start();
  });

  test('begins with the session used last in the folder', () => {
    expect(app.session?.id).toBe('a');
    expect(app.session?.view.title).toBe('snapshot');
  });

  test('applies changes after the snapshot, and passes over those in it', () => {
    host.session('a', 5, titled('old'));
    expect(app.session?.view.title).toBe('snapshot');
    host.session('a', 6, titled('six'));
    expect(app.session?.view.title).toBe('six');
  });

  test('passes over changes of a session it does not follow', () => {
    host.session('b', 6, titled('other'));
    expect(app.session?.view.title).toBe('snapshot');
  });

  test('asks for a new snapshot when a change of the session is missing', async () => {
    host.answers.set('subscribe', () => snapshot('a', 9, 'again'));
    host.session('a', 8, titled('eight'));
    await settle();
    expect(app.session?.view.title).toBe('again');
    host.session('a', 10, titled('ten'));
    expect(app.session?.view.title).toBe('ten');
  });

  test('asks for everything when a batch is missing', async () => {
    host.session('a', 6, titled('six'));
    host.answers.set('app', () => ({ ...appView('a'), waiting: 3 }));
    host.answers.set('subscribe', () => snapshot('a', 8, 'again'));
    host.skip();
    host.session('a', 8, titled('eight'));
    await settle();
    expect(app.waiting).toBe(3);
    expect(app.session?.view.title).toBe('again');
  });

  test('holds changes while a snapshot is on its way, and applies them after it', async () => {
    let give: (snapshot: SessionSnapshot) => void = () => undefined;
    host.answers.set('open_session', () => 'b');
    host.answers.set('subscribe', () => new Promise<SessionSnapshot>((resolve) => (give = resolve)));
    const opening = app.sessions.open('b');
    expect(app.sessions.opening).toBe('b');
    await settle();
    host.session('b', 3, titled('in the snapshot'));
    host.session('b', 4, titled('after it'));
    give(snapshot('b', 3, 'in the snapshot'));
    await opening;
    expect(app.session?.id).toBe('b');
    expect(app.session?.view.title).toBe('after it');
    expect(app.sessions.opening).toBeNull();
    expect([...host.followed]).toEqual(['b']);
  });

  test('keeps the session it had when another cannot be opened, and says why', async () => {
    host.answers.set('open_session', () => {
      throw { message: 'the transcript is gone', hint: 'restore it' };
    });
    await app.sessions.open('b');
    expect(app.session?.id).toBe('a');
    expect(app.toasts.list.map((toast) => toast.message)).toEqual(['the transcript is gone']);
  });

  test('shows the session of a notification that was clicked', async () => {
    host.answers.set('open_session', () => 'b');
    host.answers.set('subscribe', () => snapshot('b', 1, 'clicked'));
    host.send({ type: 'reveal', id: 'b' });
    await settle();
    expect(app.session?.id).toBe('b');
    expect([...host.followed]).toEqual(['b']);
  });

  test('stays with its session whatever others do in the folder', async () => {
    host.send({ type: 'sessions', sessions: [], sessions_total: 7, elsewhere: [], session: 'b' });
    await settle();
    expect(app.sessions.total).toBe(7);
    expect(app.session?.id).toBe('a');
  });

  test('leaves a session that was put away', () => {
    host.send({ type: 'closed', id: 'b' });
    expect(app.session?.id).toBe('a');
    host.send({ type: 'closed', id: 'a' });
    expect(app.session).toBeNull();
  });

  test('asks for a new snapshot when changes were left out', async () => {
    host.answers.set('subscribe', () => snapshot('a', 90, 'again'));
    host.send({ type: 'lagged', id: 'a' });
    await settle();
    expect(app.session?.view.title).toBe('again');
  });

  test('begins in another folder with the session used last there', async () => {
    host.answers.set('subscribe', () => snapshot('b', 1, 'there', 'q'));
    host.send({ type: 'projects', projects: [], project: 'q' });
    expect(app.session).toBeNull();
    host.send({ type: 'sessions', sessions: [], sessions_total: 1, elsewhere: [], session: 'b' });
    await settle();
    expect(app.session?.id).toBe('b');
  });

  test('does not go back to the folder it left while its session came', async () => {
    host.answers.set('app', () => appView('a'));
    let give: (snapshot: SessionSnapshot) => void = () => undefined;
    host.answers.set('subscribe', () => new Promise<SessionSnapshot>((resolve) => (give = resolve)));
    app = new App(host);
    const starting = app.start();
    await settle();
    host.renumber();
    host.send({ type: 'projects', projects: [], project: 'q' });
    host.send({ type: 'sessions', sessions: [], sessions_total: 0, elsewhere: [], session: null });
    give(snapshot('a', 1));
    await starting;
    expect(app.session).toBeNull();
  });

  test('asks what closing the window should do, in the window of all sessions only', async () => {
    const update = { type: 'close_requested', request: 3, working: 1, waiting: 0, tray: true } as const;
    host.send(update);
    expect(app.dialogs.closing).toMatchObject({ request: 3, working: 1, tray: true });
    const solo = new App(host, 'a');
    await solo.start();
    host.renumber();
    host.send(update);
    expect(solo.dialogs.closing).toBeNull();
  });

  test('has the comments on the changes of a session once, however often it comes back to it', async () => {
    const comment = { path: 'a.rs', digest: 'd', from: 1, to: 2, line: 5, toLine: 6, quoted: ['+x'], more: 0 };
    const kept = JSON.stringify([{ ...comment, side: 'after', text: 'Why?' }]);
    host.answers.set('draft', (args: { key: string }) => ({ content: args.key === 'comments a' ? kept : null, is_kept: true }));
    host.answers.set('save_draft', () => true);
    host.answers.set('open_session', (args: { session: string }) => args.session);
    host.answers.set('subscribe', (id: string) => snapshot(id, 1));
    const first = app.session?.comments;
    const viewed = app.session?.viewed;
    await settle();
    first?.remove(first.written);
    await app.sessions.open('b');
    expect([app.session?.id, app.session?.comments.all]).toEqual(['b', []]);
    await app.sessions.open('a');
    await settle();
    expect(app.session?.comments.all).toEqual([]);
    expect([app.session?.comments === first, app.session?.viewed === viewed]).toEqual([true, true]);
  });

  test('saves what was typed before it quits, and quits also when that fails', async () => {
    host.answers.set('draft', () => ({ content: null, is_kept: true }));
    host.answers.set('save_draft', () => true);
    host.answers.set('quit', () => null);
    const prompt = app.drafts.of('a');
    prompt.text = 'half a thought';
    await app.quit();
    expect(host.calls.slice(-2)).toEqual(['save_draft', 'quit']);
    prompt.text = 'half a thought more';
    host.answers.set('save_draft', () => {
      throw { message: 'the disk is full', hint: null };
    });
    await app.quit();
    expect(host.calls.slice(-2)).toEqual(['save_draft', 'quit']);
  });

  test('shows the decision that was chosen elsewhere', async () => {
    const item = (call_id: string) =>
      ({ session: 'a', project: 'p', call_id, kind: 'patch', subject: '', since_ms: 0 }) as const;
    host.send({ type: 'inbox', waiting: 2, inbox: [item('1'), item('2')] });
    host.send({ type: 'reveal_inbox', first: { session: 'a', call_id: '2' } });
    expect(app.inbox.open).toBe(true);
    expect(app.inbox.selected?.call_id).toBe('2');
    app.inbox.open = false;
    host.send({ type: 'reveal_inbox', first: null });
    expect(app.inbox.open).toBe(true);
  });

  test('asks for everything when the line is back', async () => {
    host.onConnection(false);
    expect(app.feed.connected).toBe(false);
    host.answers.set('subscribe', () => snapshot('a', 40, 'after the gap'));
    host.onConnection(true);
    await settle();
    expect(app.feed.connected).toBe(true);
    expect(app.session?.view.title).toBe('after the gap');
    host.renumber();
    host.session('a', 41, titled('goes on'));
    expect(app.session?.view.title).toBe('goes on');
  });

  test('begins a session for the first prompt', async () => {
    host.answers.set('app', () => appView(null));
    app = new App(host);
    await app.start();
    host.answers.set('new_session', () => 'n');
    host.answers.set('subscribe', () => snapshot('n', 0));
    host.answers.set('submit', (args: { session: string }) => {
      expect(args.session).toBe('n');
      return '1';
    });
    expect(await app.sessions.prompt([{ type: 'text', text: 'go' }])).toBe(true);
  });

  describe('with a session that ended', () => {
    const ended: Change = { type: 'session', session: { ...VIEW, status: 'ended' } };

    test('opens it again from the list', async () => {
      host.session('a', 6, ended);
      host.answers.set('open_session', () => 'a');
      host.answers.set('subscribe', () => snapshot('a', 0, 'again'));
      await app.sessions.open('a');
      expect(app.session?.view).toMatchObject({ status: 'idle', title: 'again' });
    });

    test('a prompt goes on with it', async () => {
      host.session('a', 6, ended);
      host.answers.set('open_session', () => 'a');
      host.answers.set('subscribe', () => snapshot('a', 0));
      host.answers.set('submit', () => '1');
      expect(await app.sessions.prompt([{ type: 'text', text: 'go on' }])).toBe(true);
      expect(host.calls.slice(-2)).toEqual(['open_session', 'submit']);
    });

    test('a prompt goes nowhere when it cannot be opened', async () => {
      host.session('a', 6, ended);
      expect(await app.sessions.prompt([{ type: 'text', text: 'go on' }])).toBe(false);
      expect(host.calls.at(-1)).toBe('open_session');
      expect(app.toasts.list).toHaveLength(1);
    });
  });

  test('says why it cannot start', async () => {
    host.answers.set('app', () => {
      throw { message: 'the home folder cannot be written', hint: null };
    });
    app = new App(host);
    await app.start();
    expect(app.failure?.message).toBe('the home folder cannot be written');
  });
});
