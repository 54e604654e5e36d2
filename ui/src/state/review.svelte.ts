import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { ApprovalBody, HunkId, HunkSelection, PatchApproval, ReviewDecision } from '../bindings';

/** The person's answer to an approval. */
export interface ReviewAnswer {
  decision: ReviewDecision;
  hunks?: HunkSelection;
  note?: string;
}

/** The person's review of a waiting patch: declined hunks, edits and a note. Every hunk is accepted until it is unchecked. */
export class PatchReview {
  readonly declined = new SvelteSet<HunkId>();
  readonly edits = new SvelteMap<HunkId, string>();
  note = $state('');

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
