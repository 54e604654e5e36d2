import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { ApprovalBody, HunkId, HunkSelection, PatchApproval, ReviewDecision } from '../bindings';
import type { Unfinished } from './keeper.svelte';

/** The person's answer to an approval. */
export interface ReviewAnswer {
  decision: ReviewDecision;
  hunks?: HunkSelection;
  note?: string;
}

/** Content of a review on disk. */
interface KeptReview {
  declined: HunkId[];
  edits: [HunkId, string][];
  note: string;
}

/** The person's review of a waiting patch: declined hunks, edits and a note. Every hunk is accepted until it is unchecked. */
export class PatchReview implements Unfinished {
  readonly declined = new SvelteSet<HunkId>();
  readonly edits = new SvelteMap<HunkId, string>();
  note = $state('');

  get content(): string | null {
    if (this.declined.size === 0 && this.edits.size === 0 && this.note === '') return null;
    const kept: KeptReview = { declined: [...this.declined], edits: [...this.edits], note: this.note };
    return JSON.stringify(kept);
  }

  restore(content: string): void {
    const kept = JSON.parse(content) as KeptReview;
    this.set(kept.declined, false);
    // what was edited while it was fetched is later
    for (const [id, edit] of kept.edits) if (!this.edits.has(id)) this.edits.set(id, edit);
    if (this.note === '') this.note = kept.note;
  }

  accepts(id: HunkId): boolean {
    return !this.declined.has(id);
  }

  set(ids: HunkId[], accepted: boolean): void {
    for (const id of ids) {
      if (accepted) this.declined.delete(id);
      else this.declined.add(id);
    }
  }

  /** Returns the answer for the host. It names hunks only of a patch, and only when they aren't all accepted as proposed. */
  answer(body: ApprovalBody, decision: ReviewDecision): ReviewAnswer {
    const note = this.note.trim();
    const answer: ReviewAnswer = note === '' ? { decision } : { decision, note };
    if (body.type !== 'patch' || (decision !== 'approved' && decision !== 'approved_for_session')) return answer;
    const accepted = hunkIds(body).filter((id) => this.accepts(id));
    const edited = accepted.flatMap((id) => {
      const text = this.edits.get(id);
      return text === undefined ? [] : [{ id, new_text: text }];
    });
    if (accepted.length === hunkIds(body).length && edited.length === 0) return answer;
    return { ...answer, hunks: { accepted, edited } };
  }
}

/** Returns the ids of a patch's hunks, in order. */
export function hunkIds(patch: PatchApproval): HunkId[] {
  return patch.files.flatMap((file) => file.hunks.map((hunk) => hunk.id));
}
