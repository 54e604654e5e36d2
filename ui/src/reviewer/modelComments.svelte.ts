import type { ApprovalCard, HunkComment, HunkId, ModelReviewCard, PatchApproval } from '../bindings';
import type { PatchReview } from '../state/review.svelte';
import type { Session } from '../state/session.svelte';

/** A comment of the reviewer and its place. */
export interface PlacedComment {
  path: string;
  comment: HunkComment;
  /** Position among the open comments on its hunk. */
  index: number;
}

const NONE: readonly HunkComment[] = [];

/** Comments of the reviewer on a patch that waits. Those on hunks that the patch doesn't have are left out. */
export class ModelComments {
  readonly #review: PatchReview;
  readonly #session: Session;
  readonly #approval: ApprovalCard;
  readonly #patch: PatchApproval;
  readonly #all = $derived.by(() => {
    const ids = new Set(this.#patch.files.flatMap(({ hunks }) => hunks.map(({ id }) => id)));
    return commentsOf(this.card).filter(({ hunk }) => ids.has(hunk));
  });
  readonly #open = $derived.by(() => {
    const byHunk = new Map<HunkId, HunkComment[]>();
    for (const comment of this.#all) {
      if (this.#review.isDismissed(comment)) continue;
      const others = byHunk.get(comment.hunk);
      if (others) others.push(comment);
      else byHunk.set(comment.hunk, [comment]);
    }
    return byHunk;
  });
  /** Those that aren't dismissed, in the patch's order. */
  readonly open: readonly PlacedComment[] = $derived.by(() =>
    this.#patch.files.flatMap(({ path, hunks }) =>
      hunks.flatMap(({ id }) => this.on(id).map((comment, index) => ({ path, comment, index }))),
    ),
  );

  constructor(session: Session, approval: ApprovalCard, patch: PatchApproval, review: PatchReview) {
    this.#session = session;
    this.#approval = approval;
    this.#patch = patch;
    this.#review = review;
  }

  get card(): ModelReviewCard | undefined {
    return this.#session.modelReview(this.#approval);
  }

  /** The model that they are by: of the review before, where this one has none yet. */
  get author(): string {
    return shownOf(this.card)?.model ?? '';
  }

  /** Number of those that the person dismissed. */
  get dismissed(): number {
    return this.#all.length - this.open.length;
  }

  /** Returns those on a hunk that aren't dismissed. */
  on(hunk: HunkId): readonly HunkComment[] {
    return this.#open.get(hunk) ?? NONE;
  }

  /** Returns the number of those in a file that aren't dismissed. */
  countIn(path: string): number {
    return this.open.filter((placed) => placed.path === path).length;
  }

  isUsed(comment: HunkComment): boolean {
    return this.#review.isUsed(comment);
  }

  /** Makes one a comment of the person's, which is sent with the decision. */
  use(comment: HunkComment): void {
    this.#review.use(comment);
  }

  dismiss(comment: HunkComment): void {
    this.#review.dismiss(comment);
  }

  restoreDismissed(): void {
    this.#review.restoreDismissed();
  }
}

/** Returns the comments of a review, also of one that came to no end; or else those of the one before it. */
export function commentsOf(card: ModelReviewCard | undefined): readonly HunkComment[] {
  const shown = shownOf(card);
  return shown !== undefined && 'comments' in shown.state ? shown.state.comments : NONE;
}

function shownOf(card: ModelReviewCard | undefined): ModelReviewCard | undefined {
  return card?.earlier ?? card;
}
