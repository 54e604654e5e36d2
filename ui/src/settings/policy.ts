import type { ApprovalPolicy, Policies, SandboxPolicy } from '../bindings';
import type { Choice } from '../parts/Choices.svelte';
import { permissions as text } from '../strings/permissions';

const APPROVAL_POLICIES: ApprovalPolicy[] = ['untrusted', 'on-effect', 'on-request', 'on-failure', 'never'];
const SANDBOX_MODES: SandboxPolicy['mode'][] = ['read-only', 'workspace-write', 'danger-full-access'];

/** Approval policies, the strictest first. */
export const APPROVALS: Choice<ApprovalPolicy>[] = APPROVAL_POLICIES.map((value) => {
  const { name, help } = text.approval[value];
  return { value, name, help };
});

/** Returns the approval policies as this computer offers them; `noOverlay` says why commands can't run on a copy of the project. */
export function approvalsHere(noOverlay: string | null): Choice<ApprovalPolicy>[] {
  if (noOverlay === null) return APPROVALS;
  return APPROVALS.map((choice) =>
    choice.value === 'on-effect'
      ? { ...choice, help: text.approval['on-effect'].unavailable(noOverlay), disabled: true }
      : choice,
  );
}

/** Sandbox modes, the strictest first. */
export const SANDBOXES: Choice<SandboxPolicy['mode']>[] = SANDBOX_MODES.map((value) => ({
  value,
  ...text.sandbox[value],
}));

/** Returns the sandbox policy with another mode; network access and writable folders carry over. */
export function withMode(policy: SandboxPolicy, mode: SandboxPolicy['mode']): SandboxPolicy {
  const network = 'network' in policy ? policy.network : 'none';
  switch (mode) {
    case 'read-only':
      return { mode, network };
    case 'workspace-write':
      return { mode, network, writable_roots: 'writable_roots' in policy ? policy.writable_roots : [] };
    case 'danger-full-access':
      return { mode };
  }
}

/** Returns the names of what the policies ask about and of what commands can touch. */
export function summaryOf(policies: Policies): { approval: string; sandbox: string } {
  const reviews =
    policies.review_patches && (policies.approval === 'on-request' || policies.approval === 'on-failure');
  return {
    approval: reviews ? text.reviewPatchesShort : text.approval[policies.approval].name,
    sandbox: text.sandbox[policies.sandbox.mode].name,
  };
}
