import type {
  AppView,
  CommandError,
  ProjectView,
  ProviderView,
  SandboxReport,
  SessionId,
  Update,
} from '../bindings';
import { asCommandError, type Host } from '../host/host';
import { Client } from './client';
import { IsolatedCopies } from './copies.svelte';
import { Dialogs } from './dialogs.svelte';
import { Drafts } from './drafts.svelte';
import { Feed } from './feed.svelte';
import { Focus } from './focus.svelte';
import { ReviewHints } from './hints.svelte';
import { Inbox } from './inbox.svelte';
import { Keeper } from './keeper.svelte';
import { Layers } from './layers.svelte';
import { Layout } from './layout.svelte';
import { Projects } from './projects.svelte';
import { Providers } from './providers.svelte';
import { Reviewing } from './reviewing.svelte';
import type { Session } from './session.svelte';
import { SessionDrag } from './sessionDrag.svelte';
import { Sessions } from './sessions.svelte';
import { Settings } from './settings.svelte';
import { Toasts } from './toasts.svelte';
import { Zoom } from './zoom.svelte';

/** State of the window, one object per area: a copy of the host's state, kept current by its batches, and what is open on top. */
export class App {
  readonly toasts = new Toasts();
  readonly layers = new Layers();
  readonly dialogs = new Dialogs();
  readonly focus = new Focus();
  readonly layout = new Layout();
  readonly reviewing = new Reviewing();
  /** Hints of the first review of a patch. */
  readonly hints = new ReviewHints(3);
  readonly client: Client;
  readonly feed: Feed;
  readonly projects: Projects;
  readonly providers: Providers;
  readonly settings: Settings;
  readonly sessions: Sessions;
  readonly copies: IsolatedCopies;
  readonly inbox = new Inbox();
  readonly drag = new SessionDrag();
  /** Keeps what the person has begun. */
  readonly keeper: Keeper;
  readonly drafts: Drafts;
  readonly zoom: Zoom;

  /** Whether the host has described the app. */
  ready = $state(false);
  /** Reason why the window could not start. */
  failure = $state.raw<CommandError | null>(null);
  version = $state('');
  /** Report of the sandbox probe; `null` until it is done. */
  sandbox = $state.raw<SandboxReport | null>(null);
  /** Decisions that wait in all sessions. */
  waiting = $state(0);
  /** Count of the app updates: an effect that reads it runs again after each. */
  updates = $state(0);

  /** The last view of the host, with every update since. */
  #view: AppView | null = null;

  /** The only session of the window, which has no list then; `null` for the window of all of them. */
  readonly solo: SessionId | null;

  constructor(host: Host, solo: SessionId | null = null) {
    this.solo = solo;
    this.client = new Client(host, this.toasts, (view) => this.#load(view));
    this.feed = new Feed(
      (update) => this.#apply(update),
      () => void this.#resync(),
    );
    this.projects = new Projects(this.client);
    this.providers = new Providers(this.client);
    this.settings = new Settings(this.client);
    this.keeper = new Keeper(this.client);
    this.sessions = new Sessions(this.client, this.toasts, this.keeper, () => (this.inbox.open = false), solo);
    this.copies = new IsolatedCopies(this.client, this.toasts, (copy) => this.sessions.bringIn(copy));
    this.drafts = new Drafts(this.keeper);
    this.zoom = new Zoom(host, this.toasts, solo);
  }

  /** The session the window shows. */
  get session(): Session | null {
    return this.sessions.shown;
  }

  /** Whether a diff is read in the main area. */
  get isReviewing(): boolean {
    const { target, changesOf } = this.reviewing;
    return target !== null || (changesOf !== null && changesOf === this.session);
  }

  /** Shows or hides Changes. It has no room beside a patch that is read in the main area, which is left for it. */
  toggleChanges(): void {
    if (this.isReviewing) {
      this.reviewing.close();
      this.layout.changesOpen = true;
    } else {
      this.layout.changesOpen = !this.layout.changesOpen;
    }
  }

  /** Opens the search in the conversation; `false` where that isn't on the screen. */
  openFind(): boolean {
    const { session, layout } = this;
    const covered = this.isReviewing && (!layout.roomBeside || this.sessions.split);
    if (!session || covered) return false;
    session.find.open = true;
    this.focus.request('find');
    return true;
  }

  /** The open folder; in a window of one session, the session's. */
  get project(): ProjectView | null {
    if (this.solo === null) return this.projects.current;
    return this.session ? this.projects.get(this.session.project) : null;
  }

  /** Whether the session of a window of its own was archived or deleted, or its folder closed. */
  get isOver(): boolean {
    return this.sessions.isOver;
  }

  /** The provider that new sessions use. */
  get defaultProvider(): ProviderView | null {
    return this.providers.get(this.settings.values?.provider);
  }

  /** The provider of the shown session, or of new ones while none is shown. */
  get provider(): ProviderView | null {
    return this.providerOf(this.session);
  }

  /** Returns the provider of a session, or of new ones. */
  providerOf(session: Session | null): ProviderView | null {
    return session ? this.providers.get(session.view.provider) : this.defaultProvider;
  }

  /** Leaves the inbox for the conversation behind it. */
  leaveInbox(): void {
    this.inbox.open = false;
    this.focus.request('prompt');
  }

  /** Quits the app, once what the person has begun is saved: agents stop, and their sessions can be resumed. */
  async quit(): Promise<void> {
    await this.keeper.flush();
    await this.client.call('quit', {});
  }

  /** Attaches to the host and fetches its state; a failure is kept in `failure`. */
  async start(): Promise<void> {
    this.failure = null;
    const { host } = this.client;
    try {
      await this.feed.attach(host);
      this.#load(await host.call('app', {}));
      await this.sessions.begin();
    } catch (thrown) {
      this.failure = asCommandError(thrown);
    }
  }

  #apply(update: Update): void {
    switch (update.type) {
      case 'app':
        this.#load(update.app);
        break;
      case 'session':
      case 'lagged':
        this.sessions.apply(update);
        break;
      case 'closed':
        this.sessions.close(update.id);
        break;
      case 'side_answer':
        this.client.asides.take(update.name, update.delta);
        break;
      case 'reveal':
        // the window of all sessions shows it
        if (this.solo === null) void this.sessions.open(update.id);
        break;
      case 'reveal_inbox':
        if (this.solo !== null) break;
        if (update.first) this.inbox.select(update.first);
        this.inbox.open = true;
        break;
      case 'close_requested':
        void this.keeper.flush();
        // the windows of single sessions close with the one of all of them
        if (this.solo === null) this.dialogs.closing = update;
        break;
      case 'mcp':
        this.updates += 1;
        break;
      default: {
        // a part of the view, by the names of its fields
        const { type: _, ...part } = update;
        if (this.#view) this.#load({ ...this.#view, ...part });
      }
    }
  }

  async #resync(): Promise<void> {
    await this.client.run(async () => {
      this.#load(await this.client.host.call('app', {}));
      await this.sessions.resync();
    });
  }

  #load(view: AppView): void {
    this.#view = view;
    this.version = view.version;
    this.sandbox = view.sandbox;
    this.waiting = view.waiting;
    this.projects.load(view);
    this.providers.load(view);
    this.settings.load(view);
    this.sessions.load(view);
    this.inbox.load(view);
    this.ready = true;
    this.updates += 1;
  }
}
