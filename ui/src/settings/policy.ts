import type { ApprovalPolicy, Policies, SandboxPolicy } from '../bindings';

export interface Choice<T> {
  value: T;
  name: string;
  explain: string;
}

/** When a person is asked, in plain words. */
export const APPROVALS: Choice<ApprovalPolicy>[] = [
  {
    value: 'untrusted',
    name: 'Ask for everything',
    explain:
      'Only commands that can do no harm, like listing files, run unasked. Every other command and every patch asks.',
  },
  {
    value: 'on-request',
    name: 'Ask when it wants more',
    explain: 'Commands run in the sandbox. When the agent wants more than the sandbox allows, it asks you.',
  },
  {
    value: 'on-failure',
    name: 'Ask when the sandbox refuses',
    explain:
      'Commands run in the sandbox. When the sandbox stopped something, you are asked whether to run it without.',
  },
  {
    value: 'never',
    name: 'Never ask',
    explain: 'Nobody is asked, and patches are not shown first. What would need asking is refused.',
  },
];

/** What a command may touch, in plain words. */
export const SANDBOXES: Choice<SandboxPolicy['mode']>[] = [
  {
    value: 'read-only',
    name: 'Read only',
    explain: 'Commands can read files, your secrets excepted. They write nothing.',
  },
  {
    value: 'workspace-write',
    name: 'Project only',
    explain: 'Commands can write in the project and in temporary folders, nowhere else.',
  },
  {
    value: 'danger-full-access',
    name: 'No sandbox',
    explain: 'Commands can do everything you can: every file, every secret, the whole network.',
  },
];

/** The policy of a mode, with what carries over from the one before. */
export function sandboxOf(mode: SandboxPolicy['mode'], before: SandboxPolicy): SandboxPolicy {
  const network = 'network' in before ? before.network : 'none';
  switch (mode) {
    case 'read-only':
      return { mode, network };
    case 'workspace-write':
      return { mode, network, writable_roots: 'writable_roots' in before ? before.writable_roots : [] };
    case 'danger-full-access':
      return { mode };
  }
}

/** The policies in a few words: what is asked about, and where commands can write. */
export function inShort(policies: Policies): { asks: string; sandbox: string } {
  const reviews =
    policies.review_patches && (policies.approval === 'on-request' || policies.approval === 'on-failure');
  return {
    asks: reviews ? 'Review every patch' : nameOf(APPROVALS, policies.approval),
    sandbox: nameOf(SANDBOXES, policies.sandbox.mode),
  };
}

function nameOf<T>(choices: Choice<T>[], value: T): string {
  return choices.find((choice) => choice.value === value)?.name ?? String(value);
}
