import { SvelteMap } from 'svelte/reactivity';
import type {
  AppView,
  Commands,
  InputItem,
  SessionId,
  SessionSummary,
  TaskId,
  Update,
} from '../bindings';
import { actions } from '../strings/actions';
import { sidebar as text } from '../strings/sidebar';
import type { Client } from './client';
import { SessionSearch } from './search.svelte';
import { Session } from './session.svelte';
import type { Toasts } from './toasts.svelte';

type SessionUpdate = Extract<Update, { type: 'session' | 'lagged' }>;
type OpenCommand = 'new_session' | 'open_session' | 'fork_session';

/** Sessions of the open folder, those the window follows by id, and the one it shows. */
export class Sessions {
  /** Sessions of the list, without those that are archived or in the trash. */
  list = $state.raw<SessionSummary[]>([]);
  /** Count of all sessions of the folder, also of those the list leaves out. */
  total = $state(0);
  /** The session that is being opened. */
  opening = $state<SessionId | 'new' | null>(null);
  readonly search: SessionSearch;

  readonly #client: Client;
  readonly #toasts: Toasts;
  readonly #followed = new SvelteMap<SessionId, Session>();
  #shownId = $state<SessionId | null>(null);
  /** The folder and the session of the last view of the host. */
  #host = $state.raw<{ project: string | null; session: SessionId | null } | null>(null);
  #loads = 0;
  #held: SessionUpdate[] = [];

  constructor(client: Client, toasts: Toasts) {
    this.#client = client;
    this.#toasts = toasts;
    this.search = new SessionSearch((args) => client.call('search_sessions', args));
  }

  /** The session the window shows. */
  get shown(): Session | null {
    return this.#shownId === null ? null : (this.#followed.get(this.#shownId) ?? null);
  }

  /** The id of the shown session, or of the one that comes up while the app starts. */
  get currentId(): SessionId | null {
    return this.#shownId ?? this.#host?.session ?? null;
  }

  /** Takes over the list. In another folder, or once there is something to show, shows the session used last. */
  load(view: AppView): void {
    const before = this.#host;
    this.#host = { project: view.project, session: view.session };
    this.list = view.sessions;
    this.total = view.sessions_total ?? 0;
    if (before === null) return;
    const moved = before.project !== view.project;
    if (moved) {
      this.search.clear();
      if (this.shown && this.shown.project !== view.project) this.#show(null);
    }
    if (moved || before.session !== view.session) void this.#client.run(() => this.begin());
  }

  /** Shows the session used last in the folder, unless another is shown or being loaded. Rejects when it can't be read. */
  async begin(): Promise<void> {
    while (this.#shownId === null && this.#loads === 0 && this.#host?.session) {
      const id = this.#host.session;
      // the person may go elsewhere meanwhile
      const isWanted = (session: Session) =>
        this.#shownId === null && session.project === this.#host?.project;
      await this.#whileLoading(() => this.#follow(id, isWanted));
      if (this.#host.session === id) return;
    }
  }

  /** Fetches the followed sessions again, after updates were missed. */
  async resync(): Promise<void> {
    for (const session of [...this.#followed.keys()]) await this.#refetch(session);
  }

  /** Applies a change of a followed session; one that comes while a snapshot is on its way is held until that is here. */
  apply(update: SessionUpdate): void {
    if (this.#loads > 0) {
      this.#held.push(update);
      return;
    }
    const session = this.#followed.get(update.id);
    if (!session || (update.type === 'session' && session.apply(update.seq, update.change))) return;
    void this.#client.run(() => this.#refetch(update.id));
  }

  /** Leaves a session that was archived or deleted: the host follows it no more. */
  close(session: SessionId): void {
    this.#followed.delete(session);
    if (this.#shownId === session) this.#shownId = null;
  }

  /** Starts a session and shows it. */
  async start(): Promise<void> {
    const project = this.#host?.project;
    if (project) await this.#client.run(() => this.#load('new_session', { project }));
  }

  /** Opens a session and shows it; one that ended is resumed. */
  async open(session: SessionId): Promise<void> {
    if (this.shown?.id === session && this.shown.view.status !== 'ended') return;
    await this.#client.run(() => this.#load('open_session', { session }));
  }

  /** Forks a session at the end of a task, or at its own end, and shows the fork. */
  async fork(session: SessionId, task: TaskId | null): Promise<void> {
    await this.#client.run(() => this.#load('fork_session', { session, task }));
  }

  /** Sends a prompt to the shown session; starts one when none is shown, resumes one that ended. */
  async prompt(items: InputItem[]): Promise<boolean> {
    if (this.currentId === null) await this.start();
    else await this.open(this.currentId);
    const session = this.shown;
    // one that can't be opened has been reported already
    if (!session || session.view.status === 'ended') return false;
    return session.submit({ type: 'user_input', items });
  }

  async rename(session: SessionId, title: string): Promise<boolean> {
    return (await this.#client.call('rename_session', { session, title })) !== undefined;
  }

  /** Moves a session to the archive, or back to the list, and offers to undo that. */
  async archive(session: SessionSummary, archived: boolean): Promise<void> {
    const move = (archived: boolean) =>
      this.#client.call('archive_session', { session: session.id, archived });
    if ((await move(archived)) === undefined) return;
    this.#toasts.info(archived ? text.archived(session.title) : text.unarchived(session.title), {
      label: actions.undo,
      run: () => void move(!archived),
    });
  }

  /** Moves a session to the trash, and offers to undo that. */
  async trash(session: SessionSummary): Promise<void> {
    if ((await this.#client.call('delete_session', { session: session.id })) === undefined) return;
    this.#toasts.info(text.trashed(session.title), {
      label: actions.undo,
      run: () => void this.restore(session),
    });
  }

  async restore(session: SessionSummary): Promise<boolean> {
    return (await this.#client.call('restore_session', { session: session.id })) !== undefined;
  }

  /** Shows the session that a command returns. */
  async #load<K extends OpenCommand>(name: K, args: Commands[K]['args']): Promise<void> {
    this.opening = name === 'open_session' && 'session' in args ? args.session : 'new';
    await this.#whileLoading(async () => {
      await this.#follow((await this.#client.host.call(name, args)) as SessionId);
    });
  }

  /** Fetches a followed session again, shown or not. */
  async #refetch(id: SessionId): Promise<void> {
    await this.#whileLoading(async () => {
      const session = await this.#fetch(id);
      if (this.#followed.has(id)) this.#replace(session);
      else this.#unsubscribe(id);
    });
  }

  /** Follows and shows a session, if it is still wanted when its snapshot is here. */
  async #follow(id: SessionId, isWanted: (session: Session) => boolean = () => true): Promise<void> {
    const session = await this.#fetch(id);
    if (isWanted(session)) this.#show(session);
    else if (!this.#followed.has(id)) this.#unsubscribe(id);
  }

  async #fetch(id: SessionId): Promise<Session> {
    return new Session(await this.#client.host.subscribe(id), this.#client);
  }

  async #whileLoading(load: () => Promise<void>): Promise<void> {
    this.#loads += 1;
    try {
      await load();
    } finally {
      this.#loads -= 1;
      this.opening = null;
      if (this.#loads === 0) this.#applyHeld();
    }
  }

  #replace(session: Session): void {
    const before = this.#followed.get(session.id);
    if (before) session.inherit(before);
    this.#followed.set(session.id, session);
  }

  /** Shows a session, and follows no other. */
  #show(session: Session | null): void {
    if (session) this.#replace(session);
    this.#shownId = session?.id ?? null;
    for (const id of [...this.#followed.keys()]) {
      if (id === this.#shownId) continue;
      this.#followed.delete(id);
      this.#unsubscribe(id);
    }
  }

  #unsubscribe(id: SessionId): void {
    // fails only when the connection is gone, and the subscription with it
    void this.#client.host.unsubscribe(id).catch(() => undefined);
  }

  /** Applies the updates that came during a load: those the snapshot holds are passed over by number. */
  #applyHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const update of held) this.apply(update);
  }
}
