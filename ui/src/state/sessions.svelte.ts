import { SvelteMap } from 'svelte/reactivity';
import type {
  AppView,
  Commands,
  CopyId,
  ExportFormat,
  InputItem,
  SessionId,
  SessionSummary,
  TaskId,
  Update,
} from '../bindings';
import { actions } from '../strings/actions';
import { sidebar as text } from '../strings/sidebar';
import { ChangeReviews } from './changeReviews';
import type { Client } from './client';
import type { Keeper } from './keeper.svelte';
import { SessionSearch } from './search.svelte';
import { Session } from './session.svelte';
import type { Toasts } from './toasts.svelte';

type SessionUpdate = Extract<Update, { type: 'session' | 'lagged' }>;
type OpenCommand = 'new_session' | 'open_session' | 'fork_session' | 'bring_in';

/** One of the two places in the window that show a session. */
export type Side = 'main' | 'beside';

/** Sessions of the open folder, those the window follows by id, and those it shows: one, or two side by side. */
export class Sessions {
  /** Sessions of the list, without those that are archived or in the trash. */
  list = $state.raw<SessionSummary[]>([]);
  /** Open sessions of the other folders. */
  elsewhere = $state.raw<SessionSummary[]>([]);
  /** Count of all sessions of the folder, also of those the list leaves out. */
  total = $state(0);
  /** The session that is being opened. */
  opening = $state<SessionId | 'new' | null>(null);
  readonly search: SessionSearch;

  readonly #client: Client;
  readonly #toasts: Toasts;
  readonly #keeper: Keeper;
  readonly #changeReviews: ChangeReviews;
  /** Called when the person goes to a session. */
  readonly #onGo: () => void;
  readonly #followed = new SvelteMap<SessionId, Session>();
  /** Sessions that are followed no more, but have reviews that the next snapshot takes over. */
  readonly #left = new Map<SessionId, Session>();
  /** Sessions followed beside the shown one, with the count of those who look at them. */
  readonly #watched = new Map<SessionId, number>();
  /** Sessions that are shown, by place. */
  #ids = $state<Record<Side, SessionId | null>>({ main: null, beside: null });
  /** Whether two places show a session. */
  split = $state(false);
  /** The place the person is in. */
  side = $state<Side>('main');
  /** The session that was shown before the one that is. */
  #lastId: SessionId | null = null;
  /** The folder and the session of the last view of the host. */
  #host = $state.raw<{ project: string | null; session: SessionId | null } | null>(null);
  /** Count of snapshots on their way, and of those among them that are to be shown. */
  #loads = 0;
  #shows = 0;
  #held: SessionUpdate[] = [];

  /** The only session that the window shows, whichever folder is open; `null` in the window of all sessions. */
  readonly #solo: SessionId | null;
  /** Whether that one was archived or deleted, or its folder closed. */
  isOver = $state(false);

  constructor(client: Client, toasts: Toasts, keeper: Keeper, onGo: () => void, solo: SessionId | null = null) {
    this.#onGo = onGo;
    this.#solo = solo;
    this.#client = client;
    this.#toasts = toasts;
    this.#keeper = keeper;
    this.#changeReviews = new ChangeReviews(keeper);
    this.search = new SessionSearch((args) => client.call('search_sessions', args));
  }

  /** The session the window shows: with two, the one the person is in. */
  get shown(): Session | null {
    return this.at(this.side);
  }

  /** The id of the shown session, or of the one that comes up while the app starts. */
  get currentId(): SessionId | null {
    return this.idAt(this.side);
  }

  /** Whether keys are meant for here. */
  get active(): boolean {
    return true;
  }

  /** The ids of the sessions that are shown or come up, by place. */
  get shownIds(): Readonly<Record<Side, SessionId | null>> {
    return { main: this.idAt('main'), beside: this.split ? this.idAt('beside') : null };
  }

  /** Returns the session that is shown at a place. */
  at(side: Side): Session | null {
    const id = this.#ids[side];
    return id === null ? null : (this.#followed.get(id) ?? null);
  }

  /** Returns the id of the session that is shown at a place, or of the one that comes up there. */
  idAt(side: Side): SessionId | null {
    return this.#ids[side] ?? (side === this.side ? (this.#solo ?? this.#host?.session ?? null) : null);
  }

  get #shownId(): SessionId | null {
    return this.#ids[this.side];
  }

  /** Goes to one of the two places; the folder of its session is opened with it. */
  enter(side: Side): void {
    if (this.side === side) return;
    this.side = side;
    const session = this.at(side);
    if (session && session.project !== this.#host?.project) {
      void this.#client.call('open_session', { session: session.id });
    }
  }

  /** Shows a second session beside the shown one: the given one, or the one that was shown before, or another open one. */
  async openBeside(session?: SessionId): Promise<void> {
    const shown = this.#shownId;
    const others = [...this.list, ...this.elsewhere].filter((each) => each.id !== shown);
    const open = others.find((each) => each.status !== 'ended');
    const last = others.find((each) => each.id === this.#lastId);
    const id = session ?? (last ?? open ?? others[0])?.id;
    if (shown === null || id === shown) return;
    this.split = true;
    const side = this.side === 'main' ? 'beside' : 'main';
    this.side = side;
    if (id === undefined) await this.start();
    else await this.open(id);
    if (this.split && this.#ids[side] === null) this.closeBeside(side);
  }

  /** Shows a session at one of the two places; beside the only one, it is a second one. */
  async openAt(side: Side, session: SessionId): Promise<void> {
    if (!this.split && side === 'beside') return this.openBeside(session);
    this.enter(side);
    await this.open(session);
  }

  /** Shows a session in a window of its own, where it goes on when this one shows another. */
  async openWindow(session: SessionId): Promise<void> {
    const { host } = this.#client;
    await this.#client.run(async () => {
      const status = this.summary(session)?.status;
      // one that is open stays as it is, whichever folder is open
      if (status === undefined || status === 'ended') await host.call('open_session', { session });
      await host.call('open_window', { session });
    });
  }

  /** Returns the place that shows a session. */
  sideOf(session: SessionId): Side {
    return this.#ids.beside === session ? 'beside' : 'main';
  }

  /** Closes one of the two places; its session goes on in the background. */
  closeBeside(side: Side = this.side === 'main' ? 'beside' : 'main'): void {
    const kept: Side = side === 'main' ? 'beside' : 'main';
    // a session that is still coming up does not take the place of one that is there
    if (this.#ids[kept] === null && this.#ids[side] !== null) side = kept;
    const left = side === 'main' ? this.#ids.beside : this.#ids.main;
    this.#ids = { main: left, beside: null };
    this.split = false;
    this.enter('main');
    this.side = 'main';
    this.#letGo();
    this.#leaveOther();
  }

  /** Returns a followed session. */
  get(session: SessionId): Session | null {
    return this.#followed.get(session) ?? null;
  }

  /** Returns a session of the lists. */
  summary(session: SessionId): SessionSummary | null {
    const has = (each: SessionSummary) => each.id === session;
    return this.list.find(has) ?? this.elsewhere.find(has) ?? null;
  }

  /** Follows a session beside the shown one, until the function that is returned is called. */
  watch(id: SessionId): () => void {
    this.#watched.set(id, (this.#watched.get(id) ?? 0) + 1);
    if (!this.#followed.has(id)) {
      const fetched = this.#whileLoading(async () => {
        const session = await this.#fetch(id);
        if (this.#watched.has(id)) this.#replace(session);
        else if (!this.#followed.has(id)) this.#unsubscribe(id);
      });
      void this.#client.run(() => fetched);
    }
    return () => {
      const left = (this.#watched.get(id) ?? 1) - 1;
      if (left > 0) this.#watched.set(id, left);
      else this.#watched.delete(id);
      this.#letGo();
    };
  }

  /** Tells the host that the person sees the shown session: the mark of a task that ended goes. */
  see(): void {
    const id = this.#shownId;
    if (id !== null && this.summary(id)?.unseen) void this.#client.call('mark_seen', { session: id });
  }

  /** Takes over the list. In another folder, or once there is something to show, shows the session used last. */
  load(view: AppView): void {
    const before = this.#host;
    this.#host = { project: view.project, session: view.session };
    this.list = view.sessions;
    this.total = view.sessions_total ?? 0;
    this.elsewhere = view.elsewhere ?? [];
    if (before === null || this.#solo !== null) return;
    const moved = before.project !== view.project;
    if (moved) {
      this.search.clear();
      // a session that is on its way takes its place
      if (this.#shows === 0) this.#leaveOther();
    }
    if (moved || before.session !== view.session) void this.#client.run(() => this.begin());
  }

  /** Shows the session used last in the folder, unless another is shown or being loaded. Rejects when it can't be read. */
  async begin(): Promise<void> {
    const solo = this.#solo;
    if (solo !== null) {
      if (this.#shownId === null) await this.#whileShowing(() => this.#follow(solo, 'main'));
      return;
    }
    while (this.#shownId === null && this.#shows === 0 && this.#host?.session) {
      const id = this.#host.session;
      // the person may go elsewhere meanwhile
      const isWanted = (session: Session) =>
        this.#shownId === null && session.project === this.#host?.project;
      await this.#whileShowing(() => this.#follow(id, this.side, isWanted));
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

  /** Leaves a session that was archived or deleted, or whose folder was closed: the host follows it no more. */
  close(session: SessionId): void {
    this.#followed.delete(session);
    if (session === this.#solo) this.isOver = true;
    for (const side of ['main', 'beside'] as const) {
      if (this.#ids[side] !== session) continue;
      if (this.split) this.closeBeside(side);
      else this.#ids[side] = null;
    }
  }

  /** Starts a session and shows it: with the given provider, or the default one. */
  async start(provider?: string): Promise<void> {
    const project = this.#host?.project;
    if (project) await this.#client.run(() => this.#load('new_session', { project, ...(provider && { provider }) }));
  }

  /** Starts a session on a new isolated copy of the folder, and shows it. */
  async startIsolated(): Promise<void> {
    const project = this.#host?.project;
    if (project) await this.#client.run(() => this.#load('new_session', { project, isolated: true }));
  }

  /** Asks about the changes of an isolated copy in a new session, and shows that; from a window of its own in another one. Rejects
   *  when it can't. */
  async bringIn(copy: CopyId): Promise<void> {
    const { host } = this.#client;
    if (this.#solo === null) await this.#load('bring_in', { copy });
    else await host.call('open_window', { session: await host.call('bring_in', { copy }) });
  }

  /** Opens a session and shows it; one that ended is resumed. */
  async open(session: SessionId): Promise<void> {
    this.#onGo();
    const other = this.side === 'main' ? 'beside' : 'main';
    if (this.split && this.#ids[other] === session) this.enter(other);
    if (this.shown?.id === session && this.shown.view.status !== 'ended') return;
    await this.#client.run(() => this.#load('open_session', { session }));
  }

  /** Forks a session at the end of a task, or at its own end, and shows the fork; from a window of its own in another one. */
  async fork(session: SessionId, task: TaskId | null): Promise<void> {
    if (this.#solo !== null) await this.#forkAway(session, task);
    else await this.#client.run(() => this.#load('fork_session', { session, task }));
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

  /** Writes a session to a file that the person picks, and says what was removed. */
  async export(session: SessionId, format: ExportFormat): Promise<void> {
    const exported = await this.#client.call('export_session', { session, format });
    if (exported) this.#toasts.info(text.exported(exported.path, exported.secrets_removed));
  }

  /** Keeps a prompt for the shown session until its task has ended; reports whether the host took it. */
  async queue(items: InputItem[]): Promise<boolean> {
    const session = this.#shownId;
    return session !== null && (await this.#client.call('queue_prompt', { session, items })) !== undefined;
  }

  /** Takes a prompt out of the queue of a session. */
  async takeQueued(session: SessionId, prompt: number): Promise<InputItem[] | undefined> {
    return this.#client.call('take_queued', { session, prompt });
  }

  /** Puts the queue of a session in this order; what is not named is removed. */
  async orderQueue(session: SessionId, prompts: number[]): Promise<void> {
    await this.#client.call('order_queue', { session, prompts });
  }

  /** Sends a prompt of the queue at once. */
  async sendQueued(session: SessionId, prompt: number): Promise<void> {
    await this.#client.call('send_queued', { session, prompt });
  }

  /** Forks a session before one of its prompts, shows the fork, and sends another prompt there. Reports whether it was sent. */
  async resend(session: SessionId, task: TaskId, items: InputItem[]): Promise<boolean> {
    if (this.#solo !== null) return this.#forkAway(session, task - 1, items);
    const forked = await this.#client.run(() => this.#load('fork_session', { session, task: task - 1 }));
    if (forked === undefined) return false;
    return this.shown ? this.shown.submit({ type: 'user_input', items }) : false;
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

  /** Forks a session, sends a prompt there, and opens the fork in a window of its own; this one stays. Reports whether it was sent. */
  async #forkAway(session: SessionId, task: TaskId | null, items?: InputItem[]): Promise<boolean> {
    const fork = await this.#client.call('fork_session', { session, task });
    if (fork === undefined) return false;
    const op = items && { type: 'user_input' as const, items };
    if (op && (await this.#client.call('submit', { session: fork, op })) === undefined) return false;
    await this.#client.call('open_window', { session: fork });
    return true;
  }

  /** Shows the session that a command returns. */
  async #load<K extends OpenCommand>(name: K, args: Commands[K]['args']): Promise<true> {
    this.#onGo();
    // the person may go to the other place meanwhile
    const { side } = this;
    this.opening = name === 'open_session' && 'session' in args ? args.session : 'new';
    try {
      await this.#whileShowing(async () => {
        const isThere = () => side === 'main' || this.split;
        await this.#follow((await this.#client.host.call(name, args)) as SessionId, side, isThere);
      });
      return true;
    } finally {
      if (this.#shows === 0) this.#leaveOther();
    }
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
  async #follow(id: SessionId, side: Side, isWanted: (session: Session) => boolean = () => true): Promise<void> {
    const session = await this.#fetch(id);
    if (isWanted(session)) this.#show(session, side);
    else if (!this.#followed.has(id)) this.#unsubscribe(id);
  }

  async #fetch(id: SessionId): Promise<Session> {
    const snapshot = await this.#client.host.subscribe(id);
    return new Session(snapshot, this.#client, this.#keeper, this.#changeReviews.of(id));
  }

  async #whileShowing(load: () => Promise<void>): Promise<void> {
    this.#shows += 1;
    try {
      await this.#whileLoading(load);
    } finally {
      this.#shows -= 1;
      this.opening = null;
    }
  }

  async #whileLoading(load: () => Promise<void>): Promise<void> {
    this.#loads += 1;
    try {
      await load();
    } finally {
      this.#loads -= 1;
      if (this.#loads === 0) this.#applyHeld();
    }
  }

  #replace(session: Session): void {
    const before = this.#followed.get(session.id) ?? this.#left.get(session.id);
    if (before) session.inherit(before);
    this.#left.delete(session.id);
    this.#followed.set(session.id, session);
  }

  /** Leaves a session of another folder than the open one. */
  #leaveOther(): void {
    if (this.#solo === null && this.shown && this.#host && this.shown.project !== this.#host.project) this.#show(null);
  }

  /** Shows a session, and follows no other but those that are watched. */
  #show(session: Session | null, side: Side = this.side): void {
    if (session) this.#replace(session);
    const before = this.#ids[side];
    if (before !== null && before !== session?.id) this.#lastId = before;
    this.#ids[side] = session?.id ?? null;
    this.#letGo();
  }

  /** Follows no session that nobody looks at. */
  #letGo(): void {
    for (const [id, session] of [...this.#followed]) {
      if (Object.values(this.#ids).includes(id) || this.#watched.has(id)) continue;
      if (session.inReview) this.#left.set(id, session);
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
