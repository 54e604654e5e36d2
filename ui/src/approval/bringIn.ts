import type { ApprovalCard } from '../bindings';

/** Reports whether these are the changes of an isolated copy, which are brought in once: the session allows no more of the kind. */
export function isBringIn(approval: ApprovalCard): boolean {
  return approval.reason.type === 'bring_in';
}
