import { SvelteSet } from 'svelte/reactivity';
import type { ApprovalCard, HunkId, PatchApproval } from '../bindings';
import type { PatchReview } from './review.svelte';
import type { Session } from './session.svelte';
import type { SHORTCUTS } from './shortcuts';

/** A waiting patch that is read in the main area. */
export interface ReviewTarget {
  /** Identity of its card. */
  identity: string;
  session: Session;
  approval: ApprovalCard;
  patch: PatchApproval;
  review: PatchReview;
}

/** Place at which a review opens. */
export interface ReviewStart {
  path: string;
  hunk: HunkId;
  /** Position of a comment among those of the reviewer on the hunk. */
  comment: number;
}

/** The patch that is read in the main area, if any. */
export class Reviewing {
  target = $state.raw<ReviewTarget | null>(null);
  /** Session whose changes are read there, unless a patch is. */
  changesOf = $state.raw<Session | null>(null);
  /** Hunk of them to go to. */
  changesAt = $state.raw<{ path: string; hunk: HunkId } | null>(null);
  /** Carries out a shortcut of reviews there; reports whether it meant something. */
  act: ((action: keyof typeof SHORTCUTS.review) => boolean) | null = null;
  /** Moves the cursor there to a hunk, and shows a comment of the reviewer on it. */
  go: ((path: string, hunk: HunkId, comment?: number) => void) | null = null;
  /** Whether it takes the focus when it opens: the person asked for it. */
  takesFocus = false;
  /** Place that it opens at, instead of the first hunk that isn't viewed. */
  start: ReviewStart | null = null;
  /** Identity of the card that the person opened there. */
  #opened = $state<string | null>(null);
  /** Cards that were closed there: they don't open again by themselves. */
  readonly #closed = new SvelteSet<string>();

  /** Whether a card is read there: the person opened it, or it is too large for the dock and the person didn't close it. */
  shows(identity: string, large: boolean): boolean {
    return this.#opened === identity || (large && !this.#closed.has(identity));
  }

  /** Opens a card there, at a place where one is given. */
  open(identity: string, start: ReviewStart | null = null): void {
    this.takesFocus = true;
    this.start = start;
    this.#closed.delete(identity);
    this.#opened = identity;
  }

  /** Opens the changes of a session, at a hunk where one is given. */
  openChanges(session: Session, at: { path: string; hunk: HunkId } | null = null): void {
    this.changesOf = session;
    this.changesAt = at;
  }

  close(): void {
    if (this.target) this.#closed.add(this.target.identity);
    else this.changesOf = null;
    this.takesFocus = false;
    this.#opened = null;
  }
}
