import type { ApprovalBody, ApprovalCard } from '../bindings';
import { approval as text } from '../strings/approval';

/** Reports whether the changes of this command can be looked at before it is approved. */
export function canPreview(body: ApprovalBody): boolean {
  return body.type === 'command' && body.preview !== null && body.preview.type !== 'impossible';
}

/** Reports whether this command ran on a copy of the project and changed nothing there. */
export function isUnchanged(body: ApprovalBody): boolean {
  return body.type === 'command' && body.preview?.type === 'unchanged';
}

/** Reports whether these are the changes of a preview: the person can go back to the command. */
export function isPreviewed(approval: ApprovalCard): boolean {
  return approval.reason.type === 'effects' && approval.reason.previewed === true;
}

/** Returns the name of the decision that applies nothing; `comments` go with it. */
export function denyLabel(approval: ApprovalCard, comments: number): string {
  if (comments > 0) return text.denyWith(comments);
  return isPreviewed(approval) ? text.applyNone : text.deny;
}
