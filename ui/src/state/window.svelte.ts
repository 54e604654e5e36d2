import type {
  AppView,
  Batch,
  CommandError,
  Commands,
  InputItem,
  ProjectView,
  ProviderView,
  SessionId,
  SessionSnapshot,
  SessionSummary,
  Settings,
  TaskId,
  Theme,
  Update,
  WindowOp,
} from '../bindings';
import { asCommandError, type Host } from '../host/host';
import { SessionSearch } from '../sidebar/search.svelte';
import { SessionState } from './session.svelte';

/** How many rows one request fetches, and how many stay loaded around the ones on screen. */
const FETCH_ROWS = 200;
const KEEP_ROWS = 2000;

export interface Toast extends CommandError {
  id: number;
  /** Red for what failed, quiet for what was done. */
  tone: 'bad' | 'plain';
  /** What can be done about it. */
  action?: { label: string; run: () => void };
}

/** An undo or a redo that is being looked at; `task` is the first one that is taken back. */
export interface Undoing {
  session: SessionId;
  task: TaskId | null;
  redo: boolean;
}

/** A part of the window that can be asked for from anywhere. */
export type Part = 'prompt' | 'mention' | 'picture' | 'decision' | 'search' | 'policy' | 'context' | 'sandbox';

/** A page of the settings. */
export type SettingsPage =
  | 'model'
  | 'approval'
  | 'rules'
  | 'mcp'
  | 'appearance'
  | 'notifications'
  | 'about';

/** Everything the window shows: a copy of the host's state, kept current by its batches. */
export class WindowState {
  app = $state.raw<AppView | null>(null);
  session = $state.raw<SessionState | null>(null);
  connected = $state(true);
  /** Why the window could not start. */
  failure = $state.raw<CommandError | null>(null);
  /** The session that is being opened. */
  opening = $state<SessionId | 'new' | null>(null);
  toasts = $state<Toast[]>([]);
  /** The dialogs that are open, the last opened at the end. */
  dialogs = $state.raw<string[]>([]);
  /** What lies over everything while something is picked or looked up in it. */
  front = $state<'palette' | 'shortcuts' | null>(null);
  /** The page of the settings that is open. */
  settings = $state<SettingsPage | null>(null);
  /** Counts up when what floats beside something is to go: what lies over everything comes next. */
  cleared = $state(0);
  /** The part that was asked for, until it takes that up. */
  wanted = $state<Part | null>(null);
  /** The undo that is being looked at. */
  undoing = $state.raw<Undoing | null>(null);
  /** The session whose name is being written. */
  renaming = $state.raw<{ id: SessionId; title: string } | null>(null);
  /** The row to bring into view; the end, to be followed from then on. */
  goal = $state.raw<{ session: SessionId; row: number | 'end' } | null>(null);

  /** What is looked for in the list of sessions. */
  readonly search = new SessionSearch((args) => this.call('search_sessions', args));

  /** For what shows its failures where it was asked; everything else goes through `call`. */
  readonly host: Host;
  #lastBatch: number | null = null;
  #loads = 0;
  #held: Extract<Update, { type: 'session' }>[] = [];
  #fetching = false;
  #wanted = { from: 0, to: 0 };
  #toastCount = 0;

  constructor(host: Host) {
    this.host = host;
  }

  get project(): ProjectView | null {
    return this.app?.projects.find((each) => each.id === this.app?.project) ?? null;
  }

  get sessions(): SessionSummary[] {
    return this.app?.sessions ?? [];
  }

  /** The session that is shown, or that comes up while the app starts: it is known before its conversation is there. */
  get current(): SessionId | null {
    return this.session?.id ?? this.app?.session ?? null;
  }

  /** The provider new sessions use. */
  get provider(): ProviderView | null {
    return this.providerOf(this.app?.settings.provider);
  }

  /** Whether a task runs in the session, or waits for a decision. */
  get busy(): boolean {
    const status = this.session?.view.status;
    return status === 'running' || status === 'waiting';
  }

  /** Whether files can be put back now: not while a task changes them. */
  get canUndo(): boolean {
    return this.session?.view.status === 'idle';
  }

  providerOf(key: string | undefined): ProviderView | null {
    return this.app?.providers.find((each) => each.key === key) ?? null;
  }

  async start(): Promise<void> {
    this.failure = null;
    try {
      await this.host.attach(
        (batch) => this.apply(batch),
        (connected) => this.#connection(connected),
      );
      const app = await this.host.call('app', {});
      this.#setApp(app);
      if (app.session && this.session?.id !== app.session)
        await this.#load('snapshot', { session: app.session });
    } catch (thrown) {
      this.failure = asCommandError(thrown);
    }
  }

  /** Takes in one batch. A gap in the numbers means something was missed, and everything is asked for again. */
  apply(batch: Batch): void {
    const gap = this.#lastBatch !== null && batch.seq !== this.#lastBatch + 1;
    this.#lastBatch = batch.seq;
    for (const update of batch.updates) {
      if (update.type === 'app') this.#setApp(update.app);
      else if (this.#loads > 0) this.#held.push(update);
      else this.#applyToSession(update);
    }
    if (gap) void this.resync();
  }

  /** Asks for everything again. */
  async resync(): Promise<void> {
    await this.run(async () => {
      this.#setApp(await this.host.call('app', {}));
      if (this.session) await this.#load('snapshot', { session: this.session.id });
    });
  }

  /** Calls the host; a failure becomes a toast, and the answer is `undefined`. */
  async call<K extends keyof Commands>(
    name: K,
    args: Commands[K]['args'],
  ): Promise<Commands[K]['reply'] | undefined> {
    return this.run(() => this.host.call(name, args));
  }

  /** The same for commands that answer with the whole app. */
  async update<K extends 'save_settings' | 'store_key' | 'delete_key' | 'find_providers'>(
    name: K,
    args: Commands[K]['args'],
  ): Promise<boolean> {
    const app = await this.call(name, args);
    if (app) this.#setApp(app as AppView);
    return app !== undefined;
  }

  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      this.complain(asCommandError(thrown));
      return undefined;
    }
  }

  complain(error: CommandError): void {
    if (this.toasts.some((each) => each.message === error.message)) return;
    this.#toastCount += 1;
    this.toasts.push({ ...error, id: this.#toastCount, tone: 'bad' });
  }

  /** Says that something was done, and how to take it back. */
  tell(message: string, action?: Toast['action']): void {
    this.#toastCount += 1;
    this.toasts.push({ message, hint: null, id: this.#toastCount, tone: 'plain', action });
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((each) => each.id !== id);
  }

  async pickFolder(): Promise<void> {
    if (await this.call('pick_folder', {})) await this.#refresh();
  }

  async openProject(project: string): Promise<void> {
    if (await this.call('open_project', { project })) await this.#refresh();
  }

  async forgetProject(project: string): Promise<void> {
    if ((await this.call('forget_project', { project })) !== undefined) await this.#refresh();
  }

  async trust(project: string, trusted: boolean): Promise<void> {
    if (await this.call('trust_project', { project, trusted })) await this.#refresh();
  }

  async newSession(): Promise<void> {
    await this.run(() => this.#load('new_session', {}));
  }

  async openSession(session: SessionId): Promise<void> {
    if (this.session?.id === session && this.session.view.status !== 'ended') return;
    await this.run(() => this.#load('open_session', { session }));
  }

  /** Looks at what taking a task back would do, and those after it. */
  undo(task: TaskId): void {
    if (this.session) this.undoing = { session: this.session.id, task, redo: false };
  }

  /** Looks at what taking back the last undo would do. */
  redo(): void {
    if (this.session) this.undoing = { session: this.session.id, task: null, redo: true };
  }

  /** Begins a session as another was up to the end of a task, or to its own end. */
  async fork(session: SessionId, task: TaskId | null): Promise<void> {
    await this.run(() => this.#load('fork_session', { session, task }));
  }

  async rename(session: SessionId, title: string): Promise<boolean> {
    return (await this.call('rename_session', { session, title })) !== undefined;
  }

  async archive(session: SessionSummary, archived: boolean): Promise<void> {
    if ((await this.call('archive_session', { session: session.id, archived })) === undefined) return;
    this.tell(`${archived ? 'Archived' : 'Taken out of the archive'}: ${named(session)}`, {
      label: 'Undo',
      run: () => void this.call('archive_session', { session: session.id, archived: !archived }),
    });
  }

  async remove(session: SessionSummary): Promise<void> {
    if ((await this.call('delete_session', { session: session.id })) === undefined) return;
    this.tell(`Moved to the trash: ${named(session)}`, {
      label: 'Undo',
      run: () => void this.restore(session),
    });
  }

  async restore(session: SessionSummary): Promise<boolean> {
    return (await this.call('restore_session', { session: session.id })) !== undefined;
  }

  /** Brings a row of the shown session into view. */
  goTo(row: number | 'end'): void {
    if (this.session) this.goal = { session: this.session.id, row };
  }

  /** Stops the task of the shown session. */
  async stop(): Promise<void> {
    await this.submit({ type: 'interrupt' });
  }

  async submit(op: WindowOp): Promise<boolean> {
    const session = this.session?.id;
    if (!session) return false;
    return (await this.call('submit', { session, op })) !== undefined;
  }

  /** Sends a prompt; begins a session first when none is shown, and opens the shown one again when it has ended. */
  async prompt(items: InputItem[]): Promise<boolean> {
    if (this.current === null) await this.newSession();
    else await this.openSession(this.current);
    // what cannot be opened has been complained of
    if (this.session?.view.status === 'ended') return false;
    return this.submit({ type: 'user_input', items });
  }

  async saveSettings(change: Partial<Settings>): Promise<boolean> {
    if (!this.app) return false;
    return this.update('save_settings', { ...this.app.settings, ...change });
  }

  /** Sees to it that the rows in `[from, to)` are loaded, and lets go of those far away. */
  async showRows(from: number, to: number): Promise<void> {
    this.#wanted = { from, to };
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      while (await this.#fetchMissing());
    } catch (thrown) {
      this.complain(asCommandError(thrown));
    } finally {
      this.#fetching = false;
    }
  }

  /** Fetches one stretch of what is wanted; `false` when nothing is missing any more. */
  async #fetchMissing(): Promise<boolean> {
    const session = this.session;
    const { from, to } = this.#wanted;
    const gap = session?.rows.missing(from, to, FETCH_ROWS);
    if (!session || !gap) return false;
    // more than is missing, in the direction the person is going
    const first = gap.from > from ? gap.from : Math.max(0, gap.from + gap.count - FETCH_ROWS);
    const before = session.rows.loaded;
    await session.rows.fetch(first, FETCH_ROWS, (start, count) =>
      this.host.call('rows', { session: session.id, from: start, count }),
    );
    const more = session.rows.loaded > before || session !== this.session;
    if (session.rows.loaded > 2 * KEEP_ROWS) session.rows.trim(from - KEEP_ROWS / 2, to + KEEP_ROWS / 2);
    return more;
  }

  /** Sees to it that one row is loaded, wherever it is. */
  async loadRow(row: number): Promise<void> {
    const { session } = this;
    if (session) await this.run(() => this.#loadRows(session, row, row + 1));
  }

  /** Markdown of the last answer in the shown session, as the agent wrote it; `null` when there is none. */
  async lastAnswer(): Promise<string | null> {
    const { session } = this;
    return session ? this.host.call('last_answer', { session: session.id }) : null;
  }

  async #loadRows(session: SessionState, from: number, to: number): Promise<void> {
    // a reply that was overtaken by a change is not taken in
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const gap = session.rows.missing(from, to, FETCH_ROWS);
      if (!gap) return;
      await session.rows.fetch(gap.from, gap.count, (start, count) =>
        this.host.call('rows', { session: session.id, from: start, count }),
      );
    }
  }

  async #refresh(): Promise<void> {
    const app = await this.call('app', {});
    if (app) this.#setApp(app);
  }

  /** Batches are numbered anew on a new line, and what was said between the two is asked for. */
  #connection(connected: boolean): void {
    const back = connected && !this.connected;
    this.connected = connected;
    if (!back) return;
    this.#lastBatch = null;
    if (this.app) void this.resync();
  }

  #setApp(app: AppView): void {
    const before = this.app;
    this.app = app;
    applyTheme(app.settings.theme);
    // what was looked for in one folder means nothing in another
    if (before !== null && before.project !== app.project) this.search.clear();
    // the one that is shown was put away, or its folder was left
    const left = before !== null && app.session === null;
    if (left && (before.project !== app.project || before.session === this.session?.id)) this.session = null;
    // the host shows another session by itself when a notification is clicked
    const moved = before !== null && before.session !== app.session;
    if (moved && app.session && app.session !== this.session?.id && this.#loads === 0) {
      void this.run(() => this.#load('snapshot', { session: app.session as SessionId }));
    }
  }

  #applyToSession(update: Extract<Update, { type: 'session' }>): void {
    const session = this.session;
    if (!session || session.id !== update.id) return;
    if (!session.apply(update.seq, update.change)) {
      void this.run(() => this.#load('snapshot', { session: session.id }));
    }
  }

  async #load<K extends 'new_session' | 'open_session' | 'fork_session' | 'snapshot'>(
    name: K,
    args: Commands[K]['args'],
  ): Promise<void> {
    this.#loads += 1;
    if (name === 'open_session' && 'session' in args) this.opening = args.session;
    else if (name !== 'snapshot') this.opening = 'new';
    try {
      const snapshot = (await this.host.call(name, args)) as SessionSnapshot;
      const next = new SessionState(snapshot);
      if (this.session?.id === next.id) next.inherit(this.session);
      this.session = next;
    } finally {
      this.#loads -= 1;
      this.opening = null;
      if (this.#loads === 0) {
        // changes that came while the snapshot was on its way: those it already holds are passed over by number
        const held = this.#held;
        this.#held = [];
        for (const update of held) this.#applyToSession(update);
      }
    }
  }
}

function named(session: SessionSummary): string {
  return session.title === '' ? 'a session without a name' : `“${session.title}”`;
}

/** The theme is kept beside the page too, so that the next start paints in it before the host has answered. */
export function applyTheme(theme: Theme): void {
  if (typeof document === 'undefined') return;
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
}
