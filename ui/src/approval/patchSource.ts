import type { CallId } from '../bindings';
import type { DiffTools } from '../diff/tools';
import { patchComments } from '../review/lineComments';
import type { ReviewSource } from '../review/source';
import type { ModelComments } from '../reviewer/modelComments.svelte';
import type { PatchReview } from '../state/review.svelte';
import type { Session } from '../state/session.svelte';

/** Returns the source of a patch that waits for a decision. */
export function patchSource(
  session: Session,
  callId: CallId,
  review: PatchReview,
  modelComments: ModelComments,
  tools?: DiffTools,
): ReviewSource {
  return {
    lines: (path, hunk) => (from, count) =>
      session.hunkLines({ of: { type: 'patch', call_id: callId }, path, hunk, from, count }),
    tokens: (path, hunk) => (from, count) =>
      session.hunkTokens({ of: { type: 'patch', call_id: callId }, path, hunk, from, count }),
    context: (path, from, count) => session.contextLines({ call_id: callId, path, from, count }),
    versions: (path) => session.fileVersions({ of: { type: 'patch', call_id: callId }, path }),
    comments: patchComments(review),
    modelComments,
    ...(tools && { tools }),
    onDisk: 'old',
    edited: (hunk, text) => session.editedHunk({ call_id: callId, hunk, new_text: text }),
  };
}
