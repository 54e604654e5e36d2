import type { Authority, HunkState, ReceiptDecision, ReceiptFault, ReceiptRecord } from '../bindings';
import { plural } from './format';
import { permissions, sandboxName } from './permissions';

type Of<T extends ReceiptRecord['type']> = Extract<ReceiptRecord, { type: T }>;

/** Returns who let something happen; `you` for the person at the window. */
function authority(by: Authority, approved: boolean, you: boolean): string {
  const verb = approved ? 'Approved' : 'Declined';
  switch (by.by) {
    case 'person':
      return `${verb} by ${you ? 'you' : 'a person'}${by.answer === 'approved_with_grant' ? ', with more access in the sandbox' : ''}`;
    case 'session':
      return `Approved by ${you ? 'you' : 'a person'} for the session`;
    case 'rule':
      return `Allowed by ${you ? 'your ' : ''}${by.rules.length === 1 ? 'rule' : 'rules'}: ${by.rules.map((words) => words.join(' ')).join(', ')}`;
    case 'nobody':
      return 'Declined: nobody was there to ask';
    case 'policy':
      return `${approved ? 'Not asked about' : 'Refused'}: approvals were set to “${permissions.approval[by.approval].name}”`;
  }
}

/** Returns how a command ended. */
function ended(end: Of<'command'>['end']): string {
  if (!end) return 'its end isn’t known';
  switch (end.by) {
    case 'exited':
      return `exit code ${end.code}`;
    case 'signaled':
      return `ended by signal ${end.signal}`;
    case 'timed_out':
      return 'timed out';
    case 'interrupted':
      return 'stopped';
    case 'rejected':
      return 'not run';
    case 'app_stopped':
      return 'the app stopped meanwhile';
    case 'not_started':
      return 'couldn’t be started';
    case 'sandbox_failed':
      return 'the sandbox couldn’t be set up';
    case 'lost':
      return 'its end isn’t known';
  }
}

/** How the call of a tool ended. */
const TOOL_ENDS: Partial<Record<string, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  timed_out: 'timed out',
  interrupted: 'stopped',
  rejected: 'not called',
  app_stopped: 'the app stopped meanwhile',
  unavailable: 'couldn’t be called',
};

/** Why a task ended before it was complete. */
const ABORTED: Partial<Record<string, string>> = {
  interrupted: 'it was stopped',
  replaced: 'the session’s settings were changed',
  failed: 'the model couldn’t be reached, or failed',
};

/** Words for changes of whole files by a patch. */
const FILE_KINDS: Partial<Record<string, string>> = {
  add: 'added',
  update: 'changed',
  delete: 'deleted',
};

/** Returns the words for a sandbox of commands. */
function inSandbox(mode: string): string {
  return `sandbox: ${sandboxName(mode).toLowerCase()}`;
}

const HUNK_STATES: Record<HunkState, string> = {
  written: 'written as shown',
  edited: 'written with your text',
  in_part: 'written in part',
  declined: 'declined',
  not_written: 'not written',
};

/** Returns a fault of a receipt. */
function fault(of: ReceiptFault): string {
  switch (of.fault) {
    case 'changed':
      return `Record ${of.number} was changed.`;
    case 'removed':
      return of.from === of.to ? `Record ${of.from} was removed.` : `Records ${of.from} to ${of.to} were removed.`;
    case 'added':
      return `Record ${of.number} was added.`;
    case 'reordered':
      return `Record ${of.number} was moved.`;
    case 'unreadable':
      return `Record ${of.place} can’t be read: ${of.why}`;
    case 'signature':
      return 'The signature doesn’t fit: it, the key, or what it signs was changed.';
  }
}

/** Words of receipts. */
export const receipt = {
  title: 'Receipt',
  about: 'What was approved in this session, by whom, and what ran. It’s signed when you save it.',
  preparing: 'Reading the session…',
  counts: {
    approved: (count: number) => `${count === 1 ? 'hunk' : 'hunks'} approved`,
    declined: 'declined',
    edited: 'edited',
    commands: (count: number) => (count === 1 ? 'command' : 'commands'),
    comments: (count: number) => (count === 1 ? 'comment' : 'comments'),
    unasked: 'written without asking',
  },
  imported: (agent: string) => `Imported from ${agent}. Nothing that it did before is in this receipt.`,
  settings: ({ provider, model, approval, sandbox, review_patches }: Of<'settings'>) =>
    `${provider} / ${model}, approvals: ${permissions.approval[approval].name.toLowerCase()}, ${inSandbox(sandbox)}${review_patches ? ', every patch reviewed' : ''}`,
  instructions: (bytes: number | undefined, replaced: boolean) =>
    `Instructions: ${replaced ? 'replaced' : 'built in'}${bytes === undefined ? '' : `, and ${plural(bytes, 'byte')} of this project’s`}`,
  task: (number: number, prompt: string) => (prompt === '' ? `Task ${number}` : `Task ${number}: ${prompt}`),
  outside: 'Outside of tasks',
  undone: 'undone',
  patch: 'Patch',
  effects: 'Effects of a command',
  command: 'Command',
  tool: 'Tool',
  refused: 'Refused',
  changed: 'Changed by a command',
  undo: ({ extent, redo, of_task }: Of<'undo'>) => {
    const what = extent === 'task' ? `task ${of_task} and later` : extent === 'file' ? 'the changes of a file' : 'a hunk';
    return `${redo ? 'Redone' : 'Undone'}: ${what}`;
  },
  aborted: (why: string) => `The task ended early: ${ABORTED[why] ?? why}`,
  decision: ({ approved, ...by }: ReceiptDecision) => authority(by, approved, true),
  authority: (by: Authority) => authority(by, true, false),
  ended,
  toolEnded: (end: string) => TOOL_ENDS[end] ?? end,
  kind: (kind: string) => FILE_KINDS[kind] ?? kind,
  ranIn: ({ sandbox, network, on_copy }: Of<'command'>) =>
    `${inSandbox(sandbox)}${network ? ' with network' : ''}${on_copy ? ', on a copy of the project' : ''}`,
  granted: (access: string) => `Allowed beside the sandbox: ${access}`,
  denied: (access: string) => `The sandbox refused: ${access}`,
  hunk: (state: HunkState) => HUNK_STATES[state],
  viewed: 'viewed',
  notViewed: 'not viewed',
  hash: 'SHA-256 of the hunk as it was shown',
  note: (text: string) => `Note: ${text}`,
  comment: (path: string, line: number) => `Comment on ${path}:${line}:`,
  failure: (why: string) => `Not written: ${why}`,

  copy: 'Copy as Markdown',
  copied: 'Receipt copied as Markdown',
  copyFailed: { message: 'The receipt couldn’t be copied.', hint: 'Save it instead.' },
  save: 'Save as JSON…',
  saveUnsigned: 'Save without a signature…',
  saved: (path: string, key: string | null) =>
    key === null ? `Saved to ${path}, without a signature` : `Saved to ${path}, signed by your key ${key}`,
  verifyOpen: 'Verify a receipt…',

  verify: {
    title: 'Verify a receipt',
    about: 'Checks that nothing in it was changed, who signed it, and which lines of a commit it accounts for. Nothing is sent anywhere.',
    file: 'Receipt',
    choose: 'Choose file…',
    none: 'No file chosen',
    commit: 'Compare with commit',
    commitHelp: 'An id, a branch, a tag or HEAD. Leave empty to check only the receipt.',
    apply: 'Verify',
    applying: 'Verifying…',
    tooLarge: 'This file is too large to be a receipt.',
    intact: (records: number) => `Nothing was changed in its ${plural(records, 'record')}.`,
    tampered: 'This isn’t the receipt that was written.',
    fault,
    signer: {
      own: (key: string) => `Signed by your own key (${key}).`,
      unknown: (key: string) => `Signed by a key that isn’t known here (${key}): anyone can have made it. Ask whose it is.`,
      nobody: () => 'Not signed: anyone can have written it.',
      broken: () => 'Its signature doesn’t fit.',
    },
    against: (id: string, lines: number, unrecorded: number) =>
      unrecorded === 0
        ? `All ${plural(lines, 'changed line')} of commit ${id} are in the receipt.`
        : `${unrecorded} of ${plural(lines, 'changed line')} of commit ${id} ${unrecorded === 1 ? 'is' : 'are'} not in the receipt.`,
    empty: (id: string) => `Commit ${id} changes no lines.`,
    lines: (lines: [number, number] | null, removed: boolean) => {
      if (lines === null) return 'whole file';
      const [from, to] = lines;
      const named = from === to ? `line ${from}` : `lines ${from}–${to}`;
      return removed ? `${named} of the parent, removed` : named;
    },
    unrecorded: 'Not approved: nothing in the receipt tells of it',
    maybe: (command: string) => `“${command}” changed this file too.`,
    byCommand: (command: string) => `Written by “${command}”.`,
    record: (number: number) => `record ${number}`,
    undo: 'Put back by an undo',
    command: 'Written by a command',
  },
} as const;
