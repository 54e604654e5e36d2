import type { LineEnd, LineEnds } from '../bindings';
import { plural } from './format';

const END_NAMES: Record<LineEnd, { name: string; help: string }> = {
  lf: { name: 'LF', help: 'The line ends with a line feed, as on Unix' },
  crlf: { name: 'CRLF', help: 'The line ends with a carriage return and a line feed, as on Windows' },
  none: { name: 'no newline', help: 'The file ends with this line, without a newline' },
};

/** Words of the Changes panel, of diffs, and of the preview of an undo. */
export const changes = {
  title: 'Changes',
  width: 'Width of the Changes panel',
  close: 'Close Changes',
  review: 'Review',
  reviewHelp: 'Review the changes in the main area',
  files: 'Changed files',
  count: (files: number) => plural(files, 'file'),
  scopes: {
    legend: 'Changes shown',
    task: { name: 'This task', help: 'Changes since the running task, or the one that ended last, began' },
    session: { name: 'Session', help: 'Changes since the first task of this session began' },
    last_commit: { name: 'Last commit', help: 'Everything that differs from the last commit' },
  },
  comparing: 'Comparing files…',
  empty: 'No changes',
  emptyScope: {
    task: 'Changes in the project appear here as they happen, each with its author.',
    session: 'The files are as they were when the session’s first task began.',
    last_commit: 'No file differs from the last commit.',
  },
  undoTask: 'Undo task',
  protected: (reason: string) => `Protected: ${reason}`,
  openInEditor: (path: string) => `Open ${path} in your editor`,
  sources: {
    patch: { name: 'agent patch', help: 'Changed by a patch of the agent' },
    command: { name: 'agent command', help: 'Changed by a command the agent ran' },
    other: { name: 'someone else', help: 'Changed by you or by another program' },
  },

  added: 'added',
  removed: 'removed',
  status: { added: 'new', deleted: 'deleted', modified: '', renamed: 'moved' },
  movedFrom: (path: string) => `from ${path}`,

  moved: 'Moved: the same lines are taken out or put in elsewhere in this diff',
  movedLine: ' moved',
  ends: END_NAMES,
  endsWith: ' ends with ',
  lineEnds: ({ old, new: fresh }: LineEnds) => {
    const sides = [
      [old, 'before'],
      [fresh, 'after'],
    ] as const;
    const said = sides.filter(([ends]) => ends.length > 0);
    return `Line endings: ${said.map(([ends, when]) => `${ends.map((end) => END_NAMES[end].name).join(' and ')} ${when}`).join(', ')}.`;
  },
  movedLines: (lines: number) => `${plural(lines, 'line')} moved`,

  versions: {
    before: 'Before',
    after: 'After',
    none: 'no file',
    noPicture: 'not a picture',
    alt: (side: string, path: string) => `${side}: ${path}`,
    sizes: (before: string | null, after: string | null) =>
      before === null ? `New: ${after}` : after === null ? `Deleted: ${before}` : `${before} → ${after}`,
  },

  layouts: {
    legend: 'Layout of diffs',
    unified: { name: 'Unified', help: 'Show removed and added lines below each other' },
    split: { name: 'Split', help: 'Show before and after side by side' },
    noRoom: 'Shown unified: there is no room for two sides. Widen this panel or close another one',
  },
  before: (path: string, hunk: string) => `Before: ${path}, ${hunk}`,
  after: (path: string, hunk: string) => `After: ${path}, ${hunk}`,
  hunk: (path: string, hunk: string) => `Changes in ${path}, ${hunk}`,

  commitOpen: 'Commit…',
  commit: {
    title: 'Commit',
    preparing: 'Asking git what changed…',
    nothing: 'Nothing to commit: no file differs from the last commit.',
    branch: 'Branch',
    detached: 'none (detached HEAD)',
    newBranch: 'New branch…',
    branchName: 'Name of the new branch',
    author: 'Author',
    nobody: 'Git doesn’t know who you are. Set user.name and user.email first.',
    underway: (operation: string) =>
      `A ${operation} is under way. Finish it, or give it up, with git before you commit here.`,
    message: 'Message',
    messagePlaceholder: 'What this commit changes, and why',
    draft: 'Draft message',
    draftAgain: 'Draft again',
    draftHelp: (model: string) => `${model} reads the changes of the picked files, without known secrets, and this session. The task isn’t told.`,
    drafting: 'Drafting…',
    stopDraft: 'Stop',
    undoDraft: 'Undo draft',
    redoDraft: 'Redo draft',
    files: 'Files',
    all: (files: number) => `All ${plural(files, 'file')}`,
    picked: (picked: number, files: number) => `${picked} of ${files}`,
    file: (path: string) => `Commit ${path}`,
    hunksOf: (path: string) => `Hunks of ${path}`,
    hunk: (at: number, hunks: number, path: string) => `Commit hunk ${at} of ${hunks} in ${path}`,
    pickedHunks: (picked: number, hunks: number) => `${picked} of ${plural(hunks, 'hunk')}`,
    deletedWhole: 'A deleted file is committed as a whole.',
    asWhole: 'This file is committed as a whole: it was moved, or isn’t what it was before.',
    leftOut: 'Hunks that you leave out stay in their files, as changes that aren’t committed.',
    noHunks: (why: string) => `Files can only be picked as a whole now, as their hunks can’t be shown. ${why}`,
    ofSession: 'changed in this session',
    untracked: 'new to git',
    hooks: (names: string) => `Run this repository’s hooks: ${names}`,
    hooksHelp: 'They run in the sandbox, like a command of the agent, without network.',
    filters: (names: string) => `Files may pass through filters when git records them: ${names}. They run in the sandbox.`,
    unsigned:
      'This repository asks for signed commits. This one won’t be signed, as your keys are kept from the sandbox. To sign it afterwards: git commit --amend --no-edit -S',
    apply: (files: number, hunks: number) =>
      hunks === 0
        ? `Commit ${plural(files, 'file')}`
        : `Commit ${files === 0 ? '' : `${plural(files, 'file')} and `}${plural(hunks, 'hunk')}`,
    applying: 'Committing…',
    indexBehind: (id: string) => ({
      message: `${id} is committed, but git’s index wasn’t brought up to date: its files look staged.`,
      hint: 'Run git reset once no other git is at work.',
    }),
    refused: 'Git made no commit. This is what it and the hooks said:',
    made: (id: string, branch: string | null) => `Committed as ${id}${branch === null ? '' : ` on ${branch}`}`,
  },

  undo: {
    title: 'Undo this task?',
    redoTitle: 'Redo what was undone?',
    preparing: 'Preparing a preview…',
    nothing: 'Nothing to restore: the files are already as they were.',
    effect: (files: number, several: boolean) =>
      `Restores ${plural(files, 'file')} to ${files === 1 ? 'its' : 'their'} state before this task${
        several ? ', and undoes every later task of the agent too' : ''
      }.`,
    redoEffect: (files: number) =>
      `Restores ${plural(files, 'file')} to ${files === 1 ? 'its' : 'their'} state before the undo.`,
    difference: 'Compared with the files now:',
    conflicts: (files: number) =>
      files === 1
        ? '1 file was changed since by you or another program. It’s skipped unless you overwrite it:'
        : `${files} files were changed since by you or another program. They’re skipped unless you overwrite them:`,
    overwrite: 'Overwrite these changes',
    files: 'Files that change',
    skipped: 'Skipped: changed since by someone else',
    overwritten: 'Changed since by someone else: these changes will be lost',
    apply: (redo: boolean, files: number) => `${redo ? 'Redo' : 'Undo'} ${plural(files, 'file')}`,
    applying: 'Restoring files…',
  },
} as const;
