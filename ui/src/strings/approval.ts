import { plural } from './format';

/** Words of the card of a decision that waits. */
export const approval = {
  region: 'Waiting for your decision',
  questions: {
    patch: 'Apply this patch?',
    effects: 'Apply what this command changed?',
    command: 'Run this command?',
    tool: 'Call this tool?',
  },
  size: (files: number, hunks: number) => `${plural(files, 'file')}, ${plural(hunks, 'hunk')}`,
  position: (index: number, count: number) => `${index} of ${count}`,
  previous: 'Previous decision',
  next: 'Next decision',
  details: 'Details of the request',
  approve: 'Approve',
  approvePatch: (of: { accepted: number; total: number; inPart: number; comments: number }) =>
    [
      of.accepted < of.total
        ? `Approve ${of.accepted} of ${plural(of.total, 'hunk')}`
        : `Approve ${of.total === 1 ? '1 hunk' : `all ${of.total} hunks`}`,
      ...(of.inPart > 0 ? [`${of.inPart} in part`] : []),
      ...(of.comments > 0 ? [`comment on ${of.comments}`] : []),
    ].join(', '),
  hints: {
    accept: (key: string) => `Only ticked hunks are written. Untick one with its box or ${key}; the agent learns what you left out.`,
    comment: (comment: string, edit: string) =>
      `${comment} comments on a hunk or on lines, ${edit} edits the new lines. Comments go to the agent with your decision.`,
    approve: (key: string) => `${key} approves exactly what the button says. When the task has ended, Undo restores the files.`,
    next: 'Next hint',
    done: 'Got it',
    dismiss: 'Don’t show hints',
  },
  review: 'Review',
  closeReview: 'Conversation',
  viewFirst: (hunks: number) => `Mark ${plural(hunks, 'more hunk')} as viewed to approve.`,
  denyWith: (comments: number) => `Deny with ${plural(comments, 'comment')}`,
  runUnsandboxed: 'Run without sandbox',
  runForReal: 'Run for real',
  preview: 'Preview changes',
  previewShort: 'Preview',
  previewAgain: 'Preview again',
  useOutput: 'Use this output',
  backToCommand: 'Back to command',
  applyNone: 'Apply none',
  allowOnly: 'Allow only this',
  approveSession: 'Approve for session',
  alwaysAllow: 'Always allow',
  more: 'More…',
  deny: 'Deny',
  note: 'Note to the agent',
  notePlaceholder: 'Note to the agent (optional)',
  rules: {
    region: 'What each button allows',
    grant: 'Runs it in the sandbox and gives this session access to:',
    grantOnCopy: 'Runs it on a copy again, in the sandbox, and gives this session access to:',
    output: 'Gives the agent what it printed on the copy, without running it again.',
    preview:
      'Runs it in the sandbox on a copy of the project and shows what it changed. Temporary files, and files that git ignores, are written at once.',
    back: 'Discards these changes and asks about the command again.',
    applyNone: 'Keeps your files as they are and gives the agent what it printed.',
    session: 'Until this session ends, also allows',
    saved: 'Saves a rule that allows',
  },

  folder: 'Folder',
  sandbox: 'Sandbox',
  previewed: 'Preview',
  previewResults: {
    unchanged: 'On a copy of the project it changed no files.',
    leftOut: (what: string) => `On a copy of the project it changed nothing that can be applied: ${what}.`,
    failed: (why: string) => `There’s nothing to look at: ${why}.`,
    impossible: (why: string) => `Not possible: ${why}.`,
  },
  emptyLines: (count: number) => `… ${plural(count, 'empty line')} …`,
  moreLines: (count: number) => `Show ${plural(count, 'more line')}`,
  moreCharacters: (count: number) => `Show ${plural(count, 'more character')}`,
  argv: (count: number) => `Program and ${plural(count, 'argument')}, one per line`,

  server: 'Server',
  tool: 'Tool',
  noArguments: 'The tool is called without arguments.',
  description: 'Description by the server',

  acceptFile: (path: string) => `Accept ${path}`,
  acceptHunk: 'Accept',
  protected: 'Protected.',
  edited: 'edited by you',
  restoreProposal: 'Restore proposal',
  editorLabel: (path: string) => `New text of this hunk of ${path}`,
  editorHelp: 'Replaces the removed lines. Leave empty to only delete them.',
  editorKeys: (spaces: number | null) =>
    `Tab indents with ${spaces === null ? 'a tab' : plural(spaces, 'space')}; press Esc, then Tab, to move on.`,
  editedAlone: 'Only your lines are shown, not the lines they replace.',
} as const;
