import type {
  ApprovalCard,
  CallId,
  Change,
  ChangesView,
  CheckCard,
  ContextLines,
  ContextLinesArgs,
  DiffLine,
  EditedHunkArgs,
  FileText,
  FileVersions,
  FileVersionsArgs,
  HunkLinesArgs,
  HunkRef,
  HunkSource,
  HunkView,
  InputItem,
  ModelReviewCard,
  Row,
  TokenSpan,
  SessionId,
  SessionSnapshot,
  SessionView,
  WindowOp,
} from '../bindings';
import type { ChangeComments } from './changeComments.svelte';
import type { ChangeReview } from './changeReviews';
import type { Client } from './client';
import { FileLinks } from './fileLinks.svelte';
import { Find } from './find.svelte';
import type { Keeper } from './keeper.svelte';
import { RowLoader } from './loader';
import { conflictIds, PatchReview } from './review.svelte';
import { RowStore } from './rows.svelte';
import { ScopedChanges } from './scoped.svelte';
import { SideQuestion } from './sideQuestion.svelte';
import type { Viewed } from './viewed.svelte';

/** One session as the window holds it: a snapshot, and the changes that came after. */
export class Session {
  readonly id: SessionId;
  /** Id of its folder. */
  readonly project: string;
  readonly rows: RowStore;
  /** Search in its conversation. */
  find: Find;
  /** Question that was asked on the side. */
  aside: SideQuestion;
  /** Files of the project that its texts name. */
  readonly links: FileLinks;
  view = $state.raw<SessionView>() as SessionView;
  changes = $state.raw<ChangesView>() as ChangesView;
  /** Row to bring into view; the end is followed from then on. */
  scrollTarget = $state<number | 'end' | null>(null);
  /** The changes of the stretch of work that the person picked. */
  readonly scoped: ScopedChanges;
  readonly #client: Client;
  readonly #loader: RowLoader;
  #seq: number;
  #reviews = new Map<string, { review: PatchReview; forget: () => void }>();
  /** Checks of the patches that wait, by request: they go on while the request stays as it is. */
  #checks = $state.raw<ReadonlyMap<string, CheckCard>>(new Map());
  /** Reviews of them by a model. */
  #modelReviews = $state.raw<ReadonlyMap<string, ModelReviewCard>>(new Map());
  readonly #keeper: Keeper;
  readonly #changeReview: ChangeReview;

  constructor(snapshot: SessionSnapshot, client: Client, keeper: Keeper, changeReview: ChangeReview) {
    this.id = snapshot.id;
    this.project = snapshot.project;
    this.#client = client;
    this.#keeper = keeper;
    this.#changeReview = changeReview;
    this.scoped = new ScopedChanges((scope) => client.host.call('compare_changes', { session: this.id, scope }));
    this.find = new Find((query) => client.call('find_in_session', { session: this.id, query }));
    this.aside = this.sideQuestion();
    this.links = new FileLinks((folder, texts) => client.host.call('file_links', { session: this.id, folder, texts }));
    this.#seq = snapshot.seq;
    this.view = snapshot.session;
    this.#followApprovals(snapshot.session);
    this.changes = snapshot.changes;
    this.rows = new RowStore(snapshot.total_rows, snapshot.first_row, snapshot.rows);
    this.#loader = new RowLoader(this.rows, (from, count) =>
      client.host.call('rows', { session: this.id, from, count }),
    );
  }

  /** Returns a new question on the side, about a hunk where one is given. */
  sideQuestion(about: HunkRef | null = null): SideQuestion {
    const { host, asides } = this.#client;
    const session = this.id;
    return new SideQuestion(asides, {
      send: (text, name) => host.call('ask_aside', { session, text, name, ...(about && { about }) }),
      stop: (name) => host.call('stop_aside', { session, name }),
    });
  }

  /** The changes that are shown: those of the task, or of the stretch of work that the person picked. */
  get shownChanges(): ChangesView {
    return this.scoped.scope === 'task' ? this.changes : (this.scoped.view ?? NO_CHANGES);
  }

  /** The diff that `shownChanges` is. */
  get shownSource(): HunkSource {
    const { scope } = this.scoped;
    return scope === 'task' ? { type: 'changes' } : { type: 'compared', scope };
  }

  /** Whether a task runs, or waits for a decision. */
  get busy(): boolean {
    return this.view.status === 'running' || this.view.status === 'waiting';
  }

  /** Whether files can be restored now: not while a task changes them. */
  get canUndo(): boolean {
    return this.view.status === 'idle';
  }

  /** Applies a change; `false` when one before it is missing, and a new snapshot is needed. */
  apply(seq: number, change: Change): boolean {
    if (seq <= this.#seq) return true;
    if (seq !== this.#seq + 1) return false;
    this.#seq = seq;
    switch (change.type) {
      case 'session':
        if (change.session.status !== this.view.status) void this.scoped.refresh();
        // a task that has ended may have written what was named before; a session that has ended is asked no more
        if (this.view.status !== change.session.status && change.session.status !== 'ended') this.links.forget();
        this.view = keepApprovals(this.view, change.session);
        this.#followApprovals(change.session);
        this.#pruneReviews();
        break;
      case 'changes':
        this.changes = change.changes;
        // while a task works, each comparison would be out of date at once
        if (this.view.status !== 'running') void this.scoped.refresh();
        break;
      default:
        this.rows.apply(change);
    }
    return true;
  }

  /** Submits an op; reports whether the host took it. */
  async submit(op: WindowOp): Promise<boolean> {
    return (await this.#client.call('submit', { session: this.id, op })) !== undefined;
  }

  /** The last prompt, if its row is loaded. */
  get lastPrompt(): InputItem[] | null {
    for (let index = this.rows.total - 1; index >= 0; index -= 1) {
      const body = this.rows.at(index)?.row.body;
      if (!body) return null;
      if (body.type === 'user') return body.content;
    }
    return null;
  }

  /** Id of the row with the error that ended the last task, if nothing was asked or runs since. */
  get lastFailure(): Row['id'] | null {
    if (this.view.status !== 'idle') return null;
    for (let index = this.rows.total - 1; index >= 0; index -= 1) {
      const row = this.rows.at(index)?.row;
      if (row?.body.type === 'notice' && row.body.level === 'error') return row.id;
      const follows = row?.body.type === 'notice' || row?.body.type === 'background_end';
      if (!follows && !(row?.body.type === 'task_end' && row.body.outcome === 'failed')) return null;
    }
    return null;
  }

  /** Stops the running task. */
  async stop(): Promise<void> {
    await this.submit({ type: 'interrupt' });
  }

  /** Loads the rows in `[from, to)`, which are on screen. */
  async showRows(from: number, to: number): Promise<void> {
    await this.#client.run(() => this.#loader.show(from, to));
  }

  /** Loads one row, wherever it is. */
  async loadRow(row: number): Promise<void> {
    await this.#client.run(() => this.#loader.load(row, row + 1));
  }

  /** Fetches the markdown of the agent's last answer, as the agent wrote it; `null` when there is none. */
  async lastAnswer(): Promise<string | null> {
    return this.#client.host.call('last_answer', { session: this.id });
  }

  /** Fetches the whole output of a call; `undefined` after a failure. */
  async output(callId: CallId): Promise<string | undefined> {
    return this.#client.call('command_output', { session: this.id, call_id: callId });
  }

  /** Fetches lines of a long hunk; `undefined` after a failure. */
  async hunkLines(args: Omit<HunkLinesArgs, 'session'>): Promise<DiffLine[] | undefined> {
    return this.#client.call('hunk_lines', { session: this.id, ...args });
  }

  /** Reads lines of a file around a waiting patch; `undefined` after a failure. */
  async contextLines(args: Omit<ContextLinesArgs, 'session'>): Promise<ContextLines | undefined> {
    return this.#client.call('context_lines', { session: this.id, ...args });
  }

  /** Returns a hunk of a waiting patch with the person's text; `undefined` after a failure. */
  async editedHunk(args: Omit<EditedHunkArgs, 'session'>): Promise<HunkView | undefined> {
    return this.#client.call('edited_hunk', { session: this.id, ...args });
  }

  /** Hunks that the person has marked as viewed in this session. */
  get viewed(): Viewed {
    return this.#changeReview.viewed;
  }

  /** The person's comments on what changed in this session, collected for the next prompt. */
  get comments(): ChangeComments {
    return this.#changeReview.comments;
  }

  /** Fetches the syntax colours of lines of a hunk; `undefined` after a failure, which nobody is told of: the text is there. */
  async hunkTokens(args: Omit<HunkLinesArgs, 'session'>): Promise<TokenSpan[][] | undefined> {
    return this.#client.host.call('hunk_tokens', { session: this.id, ...args }).catch(() => undefined);
  }

  /** Reads a file of the project; `undefined` after a failure. */
  async fileText(path: string): Promise<FileText | undefined> {
    return this.#client.call('file_text', { session: this.id, path });
  }

  /** Opens a file of the project in the person's editor. */
  async openProjectFile(path: string, line: number | null): Promise<void> {
    await this.#client.call('open_project_file', { session: this.id, path, line });
  }

  /** Opens a changed file in the person's editor. */
  async openFile(path: string, line: number | null = null): Promise<void> {
    await this.#client.call('open_file', { session: this.id, path, line });
  }

  /** Reads both versions of a file in a diff that is no text; `undefined` after a failure, which nobody is told of. */
  async fileVersions(args: Omit<FileVersionsArgs, 'session'>): Promise<FileVersions | undefined> {
    return this.#client.host.call('file_versions', { session: this.id, ...args }).catch(() => undefined);
  }

  /** Reverts a hunk or a file of the changes that are shown; reports whether it was done. */
  async revert(path: string, hunk: HunkView | null): Promise<boolean> {
    const { scope } = this.scoped;
    const args = { session: this.id, scope, path, hunk: hunk?.id ?? null, digest: hunk?.digest ?? null };
    const reverted = (await this.#client.call('revert_changes', args)) !== undefined;
    // also when it failed: what is shown may not be what is there
    await this.scoped.refresh();
    return reverted;
  }

  /** Brings back what was reverted last. */
  async undoRevert(): Promise<void> {
    await this.#client.call('apply_undo', { session: this.id, task_id: null, redo: true, overwrite: false });
    await this.scoped.refresh();
  }

  /** Returns the person's review of one request for approval of a call. */
  review(callId: CallId, binding: string): PatchReview {
    const key = reviewKey(callId, binding);
    const known = this.#reviews.get(key);
    if (known) return known.review;
    const body = this.view.approvals.find((each) => reviewKey(each.call_id, each.binding) === key)?.body;
    const review = new PatchReview(body?.type === 'patch' ? conflictIds(body) : []);
    const { forget } = this.#keeper.keep(`review ${this.id} ${key}`, review);
    this.#reviews.set(key, { review, forget });
    return review;
  }

  /** Returns the check of a patch that waits; `undefined` where none ran. */
  check({ call_id, binding }: Pick<ApprovalCard, 'call_id' | 'binding'>): CheckCard | undefined {
    return this.#checks.get(reviewKey(call_id, binding));
  }

  /** Returns the reviewer's review of a patch that waits; `undefined` where there was none. */
  modelReview({ call_id, binding }: Pick<ApprovalCard, 'call_id' | 'binding'>): ModelReviewCard | undefined {
    return this.#modelReviews.get(reviewKey(call_id, binding));
  }

  /** Whether the person has begun to review something in it. */
  get inReview(): boolean {
    return this.#reviews.size > 0;
  }

  /** Takes over the person's reviews from the object that held this session before a new snapshot. */
  inherit(before: Session): void {
    this.find = before.find;
    this.aside = before.aside;
    this.#reviews = before.#reviews;
    void this.scoped.show(before.scoped.scope);
    this.#pruneReviews();
  }

  #followApprovals({ approvals }: SessionView): void {
    this.#checks = byRequest(approvals, ({ check }) => check);
    this.#modelReviews = byRequest(approvals, ({ model_review }) => model_review);
  }

  #pruneReviews(): void {
    const open = new Set(this.view.approvals.map((each) => reviewKey(each.call_id, each.binding)));
    for (const [key, { forget }] of this.#reviews) {
      if (open.has(key)) continue;
      forget();
      this.#reviews.delete(key);
    }
  }
}

const NO_CHANGES: ChangesView = { files: [], added: 0, removed: 0, notes: [] };

function reviewKey(callId: CallId, binding: string): string {
  return `${callId} ${binding}`;
}

/** Returns what belongs to each request for approval that has it. */
function byRequest<T>(approvals: readonly ApprovalCard[], of: (card: ApprovalCard) => T | undefined): Map<string, T> {
  return new Map(
    approvals.flatMap((card) => {
      const part = of(card);
      return part === undefined ? [] : [[reviewKey(card.call_id, card.binding), part] as const];
    }),
  );
}

/** Keeps the objects of approvals that are still open: one request never changes, so its card keeps what it was painted from. */
function keepApprovals(before: SessionView, after: SessionView): SessionView {
  const approvals = after.approvals.map(
    (next) =>
      before.approvals.find(
        (old) => old.call_id === next.call_id && old.binding === next.binding,
      ) ?? next,
  );
  return { ...after, approvals };
}
