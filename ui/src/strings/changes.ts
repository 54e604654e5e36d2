import { plural } from './format';

/** Words of the Changes panel, of diffs, and of the preview of an undo. */
export const changes = {
  title: 'Changes',
  width: 'Width of the Changes panel',
  close: 'Close Changes',
  review: 'Review the changes in the main area',
  files: 'Changed files',
  count: (files: number) => plural(files, 'file'),
  empty: 'No changes',
  emptyHelp: 'Changes in the project appear here as they happen, each with its author.',
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

  sideBySide: 'Side by side',
  sideBySideHelp: 'Show before and after side by side',
  tooNarrow: 'too narrow',
  tooNarrowHelp: 'Shown unified: there is no room for two sides. Widen this panel or close another one',
  before: (path: string, hunk: string) => `Before: ${path}, ${hunk}`,
  after: (path: string, hunk: string) => `After: ${path}, ${hunk}`,
  hunk: (path: string, hunk: string) => `Changes in ${path}, ${hunk}`,

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
