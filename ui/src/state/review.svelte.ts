import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type {
  ApprovalBody,
  HunkComment,
  HunkId,
  HunkSelection,
  PatchApproval,
  ReviewDecision,
} from '../bindings';
import type { Unfinished } from './keeper.svelte';

/** The person's answer to an approval. */
export interface ReviewAnswer {
  decision: ReviewDecision;
  hunks?: HunkSelection;
  note?: string;
  comments?: HunkComment[];
}

/** Content of a review on disk. Earlier versions kept no comments, left no lines out, and knew no conflicts and no reviewer. */
interface KeptReview {
  declined: HunkId[];
  taken?: HunkId[];
  edits: [HunkId, string][];
  note: string;
  comments?: HunkComment[];
  leftOut?: [HunkId, number[]][];
  /** Parts that are left out of hunks that are split; `edits` has their text. */
  splits?: [HunkId, number[]][];
  /** Keys of the reviewer's comments that were dismissed. */
  dismissed?: string[];
  /** Keys of those that the person made their own, and the places of theirs in `comments`. */
  used?: [string, number][];
}

/** The person's review of a waiting patch: declined hunks, lines left out, edits, comments and a note. Every hunk is accepted until
 *  it is unchecked, but for conflicts: the person chooses about each of them. */
export class PatchReview implements Unfinished {
  readonly declined = new SvelteSet<HunkId>();
  /** Conflicts that the person accepted. */
  readonly taken = new SvelteSet<HunkId>();
  readonly edits = new SvelteMap<HunkId, string>();
  /** Lines that are left out of accepted hunks, by their places, sorted. */
  readonly leftOut = new SvelteMap<HunkId, readonly number[]>();
  /** Hunks that are split at their unchanged lines, each with its parts that are left out, by their places. What is left then is an
   *  edit. */
  readonly splits = new SvelteMap<HunkId, readonly number[]>();
  /** Comments in the order they were begun; an empty one isn't sent. */
  comments = $state.raw<readonly HunkComment[]>([]);
  note = $state('');
  /** Keys of the reviewer's comments that the person dismissed. */
  readonly #dismissed = new SvelteSet<string>();
  /** The person's comments that were made of the reviewer's, by the keys of these. */
  readonly #used = new SvelteMap<string, HunkComment>();
  /** Hunk whose editor is open, and its text when it was opened. */
  #editor = $state.raw<{ id: HunkId; text: string | undefined } | null>(null);
  readonly #conflicts: ReadonlySet<HunkId>;

  /** `conflicts` are the hunks that the project changed as well as the isolated copy. */
  constructor(conflicts: readonly HunkId[] = []) {
    this.#conflicts = new Set(conflicts);
  }

  get content(): string | null {
    const comments = this.written;
    const used = [...this.#used].flatMap(([key, own]): [string, number][] =>
      comments.includes(own) ? [[key, comments.indexOf(own)]] : [],
    );
    if (
      this.declined.size === 0 &&
      this.taken.size === 0 &&
      this.edits.size === 0 &&
      this.leftOut.size === 0 &&
      comments.length === 0 &&
      this.#dismissed.size === 0 &&
      this.note === ''
    )
      return null;
    const splits = [...this.splits].flatMap(([id, parts]): [HunkId, number[]][] => (parts.length > 0 ? [[id, [...parts]]] : []));
    const kept: KeptReview = {
      declined: [...this.declined],
      ...(this.taken.size > 0 && { taken: [...this.taken] }),
      edits: [...this.edits],
      note: this.note,
      comments,
      leftOut: [...this.leftOut].map(([id, lines]) => [id, [...lines]]),
      ...(splits.length > 0 && { splits }),
      ...(this.#dismissed.size > 0 && { dismissed: [...this.#dismissed] }),
      ...(used.length > 0 && { used }),
    };
    return JSON.stringify(kept);
  }

  restore(content: string): void {
    const kept = JSON.parse(content) as KeptReview;
    // what was chosen and edited while it was fetched is later
    this.set(kept.declined.filter((id) => !this.taken.has(id)), false);
    this.set((kept.taken ?? []).filter((id) => !this.declined.has(id)), true);
    const splits = new Map(kept.splits);
    for (const [id, edit] of kept.edits) {
      if (this.edits.has(id)) continue;
      this.edits.set(id, edit);
      const parts = splits.get(id);
      if (parts) this.splits.set(id, parts);
    }
    for (const [id, lines] of kept.leftOut ?? []) if (!this.leftOut.has(id)) this.leftOut.set(id, lines);
    this.comments = [...(kept.comments ?? []), ...this.comments];
    if (this.note === '') this.note = kept.note;
    for (const key of kept.dismissed ?? []) this.#dismissed.add(key);
    for (const [key, index] of kept.used ?? []) {
      const own = kept.comments?.[index];
      if (own && !this.#used.has(key)) this.#used.set(key, own);
    }
  }

  /** The comments that something is written in. */
  get written(): HunkComment[] {
    return this.comments.filter((comment) => comment.text.trim() !== '');
  }

  accepts(id: HunkId): boolean {
    return !this.declined.has(id) && !this.isUndecided(id);
  }

  /** Reports whether the person has yet to choose about a conflict: by accepting, declining or editing it, or leaving lines out. */
  isUndecided(id: HunkId): boolean {
    if (!this.#conflicts.has(id) || this.taken.has(id) || this.declined.has(id)) return false;
    return !this.edits.has(id) && !this.leftOut.has(id);
  }

  set(ids: readonly HunkId[], accepted: boolean): void {
    for (const id of ids) {
      if (accepted) this.declined.delete(id);
      else this.declined.add(id);
      if (accepted && this.#conflicts.has(id)) this.taken.add(id);
      else this.taken.delete(id);
    }
  }

  /** Edits the text of a hunk; `null` restores the proposal. An edited hunk is one as a whole: no line and no part is left out of it.
   *  An edited conflict is accepted. */
  edit(id: HunkId, text: string | null): void {
    this.leftOut.delete(id);
    this.splits.delete(id);
    if (text === null) {
      this.edits.delete(id);
      return;
    }
    this.edits.set(id, text);
    if (this.#conflicts.has(id)) this.declined.delete(id);
  }

  /** Notes which hunk's editor is open. */
  setEditor(id: HunkId | null): void {
    this.#editor = id === null ? null : { id, text: this.edits.get(id) };
  }

  /** Whether an editor is open with text that isn't done yet. */
  get isWriting(): boolean {
    return this.#editor !== null && this.edits.get(this.#editor.id) !== this.#editor.text;
  }

  /** Leaves changed lines out of a hunk, or puts them back when all of them are left out. */
  toggleLines(id: HunkId, lines: readonly number[]): void {
    const before = new Set(this.leftOut.get(id));
    const putBack = lines.every((line) => before.has(line));
    for (const line of lines) {
      if (putBack) before.delete(line);
      else before.add(line);
    }
    if (before.size === 0) this.leftOut.delete(id);
    else this.leftOut.set(id, [...before].sort((a, b) => a - b));
  }

  /** Splits a hunk of which nothing is left out or edited. */
  split(id: HunkId): void {
    this.splits.set(id, []);
  }

  /** Joins the parts of a hunk of which none is left out. */
  join(id: HunkId): void {
    this.splits.delete(id);
  }

  /** Leaves parts out of a split hunk, and notes the text that is left; `null` with none left out. */
  leaveOutParts(id: HunkId, parts: readonly number[], text: string | null): void {
    if (text === null) this.edits.delete(id);
    else this.edits.set(id, text);
    this.splits.set(id, parts);
  }

  /** Reports whether a hunk would be written in part: without some of its lines or parts. */
  isInPart(id: HunkId): boolean {
    return this.leftOut.has(id) || (this.splits.get(id)?.length ?? 0) > 0;
  }

  addComment(comment: HunkComment): void {
    this.comments = [...this.comments, comment];
  }

  changeComment(comment: HunkComment, text: string): HunkComment {
    const changed = { ...comment, text };
    this.comments = this.comments.map((each) => (each === comment ? changed : each));
    for (const [key, own] of this.#used) if (own === comment) this.#used.set(key, changed);
    return changed;
  }

  removeComment(comment: HunkComment): void {
    this.comments = this.comments.filter((each) => each !== comment);
    for (const [key, own] of this.#used) if (own === comment) this.#used.delete(key);
  }

  /** Hides a comment of the reviewer. */
  dismiss(comment: HunkComment): void {
    this.#dismissed.add(commentKey(comment));
  }

  isDismissed(comment: HunkComment): boolean {
    return this.#dismissed.has(commentKey(comment));
  }

  /** Shows every comment of the reviewer again. */
  restoreDismissed(): void {
    this.#dismissed.clear();
  }

  /** Makes a comment of the reviewer one of the person's. */
  use(comment: HunkComment): void {
    if (this.isUsed(comment)) return;
    const own = { ...comment };
    this.#used.set(commentKey(comment), own);
    this.addComment(own);
  }

  /** Reports whether the person made a comment of the reviewer their own, and still has theirs. */
  isUsed(comment: HunkComment): boolean {
    return this.#used.has(commentKey(comment));
  }

  /** Returns the hunks that would be written, in the patch's order. */
  selection(patch: PatchApproval): HunkSelection {
    const accepted = hunkIds(patch).filter((id) => this.accepts(id));
    const edited = accepted.flatMap((id) => {
      const text = this.edits.get(id);
      return text === undefined ? [] : [{ id, new_text: text }];
    });
    const partial = accepted.flatMap((id) => {
      const lines = this.leftOut.get(id);
      return lines === undefined || this.edits.has(id) ? [] : [{ id, left_out: [...lines] }];
    });
    return { accepted, edited, ...(partial.length > 0 ? { partial } : {}) };
  }

  /** Returns the answer for the host. It names hunks only of a patch, and only when they aren't all accepted as proposed, or some are
   *  conflicts: the host asks for each of these. */
  answer(body: ApprovalBody, decision: ReviewDecision): ReviewAnswer {
    const note = this.note.trim();
    const answer: ReviewAnswer = note === '' ? { decision } : { decision, note };
    if (body.type !== 'patch') return answer;
    const comments = this.written;
    if (comments.length > 0) answer.comments = comments;
    if (decision !== 'approved' && decision !== 'approved_for_session') return answer;
    const hunks = this.selection(body);
    if (isWhole(hunks, body) && conflictIds(body).length === 0) return answer;
    return { ...answer, hunks };
  }
}

/** Returns a text that is the same for comments that say the same of the same lines. */
function commentKey({ hunk, from, to, text }: HunkComment): string {
  return `${hunk} ${from} ${to} ${text}`;
}

/** Reports whether a selection is all of a patch, as it was proposed. */
export function isWhole({ accepted, edited, partial = [] }: HunkSelection, patch: PatchApproval): boolean {
  return accepted.length === hunkIds(patch).length && edited.length === 0 && partial.length === 0;
}

/** Returns the ids of a patch's hunks, in order. */
export function hunkIds(patch: PatchApproval): HunkId[] {
  return patch.files.flatMap((file) => file.hunks.map((hunk) => hunk.id));
}

/** Returns the ids of a patch's conflicts: hunks that the project changed as well since the isolated copy was made. */
export function conflictIds(patch: PatchApproval): HunkId[] {
  return patch.files.flatMap((file) => file.hunks.filter((hunk) => hunk.conflict).map((hunk) => hunk.id));
}
