import type { Change, ChangesView, SessionId, SessionSnapshot, SessionView } from '../bindings';
import { PatchReview } from './review.svelte';
import { RowStore } from './rows.svelte';

/** One session as the window holds it: a snapshot, and the changes that came after. */
export class SessionState {
  readonly id: SessionId;
  /** Id of its folder. */
  readonly project: string;
  readonly rows: RowStore;
  view = $state.raw<SessionView>() as SessionView;
  changes = $state.raw<ChangesView>() as ChangesView;
  #seq: number;
  #reviews = new Map<string, PatchReview>();

  constructor(snapshot: SessionSnapshot) {
    this.id = snapshot.id;
    this.project = snapshot.project;
    this.#seq = snapshot.seq;
    this.view = snapshot.session;
    this.changes = snapshot.changes;
    this.rows = new RowStore(snapshot.total_rows, snapshot.first_row, snapshot.rows);
  }

  /** Applies a change; `false` when one before it is missing, and a new snapshot is needed. */
  apply(seq: number, change: Change): boolean {
    if (seq <= this.#seq) return true;
    if (seq !== this.#seq + 1) return false;
    this.#seq = seq;
    switch (change.type) {
      case 'session':
        this.view = keepApprovals(this.view, change.session);
        this.#forgetReviews();
        break;
      case 'changes':
        this.changes = change.changes;
        break;
      default:
        this.rows.apply(change);
    }
    return true;
  }

  /** What the person has picked and written so far for one asking of a call. */
  review(callId: string, binding: string): PatchReview {
    const key = reviewKey(callId, binding);
    let review = this.#reviews.get(key);
    if (!review) {
      review = new PatchReview();
      this.#reviews.set(key, review);
    }
    return review;
  }

  /** Takes over what another state of the same session held of the person's: after a new snapshot. */
  inherit(other: SessionState): void {
    this.#reviews = other.#reviews;
    this.#forgetReviews();
  }

  #forgetReviews(): void {
    const open = new Set(this.view.approvals.map((each) => reviewKey(each.call_id, each.body.binding)));
    for (const key of this.#reviews.keys()) if (!open.has(key)) this.#reviews.delete(key);
  }
}

function reviewKey(callId: string, binding: string): string {
  return `${callId} ${binding}`;
}

/** One asking of a call never changes, so its card keeps the objects it was painted from. */
function keepApprovals(before: SessionView, after: SessionView): SessionView {
  const approvals = after.approvals.map(
    (next) =>
      before.approvals.find(
        (old) => old.call_id === next.call_id && old.body.binding === next.body.binding,
      ) ?? next,
  );
  return { ...after, approvals };
}
