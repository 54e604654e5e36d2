import { bytes, plural, timeOf } from './format';

/** Words of sessions that work on an isolated copy of their folder, and of these copies. */
export const isolated = {
  name: 'Isolated',
  newSession: 'New isolated session',
  inShort: 'Works on a copy. Nothing reaches your files until you bring it in.',
  help: 'Works on a copy of this folder. Nothing reaches your files until you bring it in.',
  otherSessions: 'Other ways to start a session',
  newSessionHelp: 'Works in this folder.',
  bringIn: 'Bring in changes…',
  discard: 'Discard copy',
  restore: 'Restore copy',
  manage: 'Manage isolated copies…',
  beforeCommit: 'Bring the changes in before you commit them.',
  discarded: (folder: string | null) =>
    folder === null ? 'Moved the isolated copy to the trash' : `Moved the isolated copy of ${folder} to the trash`,

  popover: {
    title: 'Isolated copy',
    folder: 'Folder',
    size: 'Size',
    created: 'Created',
    createdAt: (day: string, ms: number) => `${day}, ${timeOf(ms)}`,
    reading: 'Reading…',
    inTrash: 'This copy was discarded. Restore it to go on with this session.',
    gone: 'This copy is gone: it was discarded, and the trash was emptied.',
  },

  dialog: {
    title: 'Isolated copies',
    about: 'Sessions that work on a copy of their folder. Bring in what you want to keep, and discard the rest.',
    sessions: 'Session',
    folder: 'Folder',
    size: 'Size',
    age: 'Age',
    actions: 'Actions',
    noSession: 'No session',
    bringIn: 'Bring in',
    bringInOf: (name: string) => `Bring in the changes of ${name}`,
    openOf: (name: string) => `Open session ${name}`,
    discard: 'Discard',
    discardOf: (name: string) => `Discard the copy of ${name}`,
    restore: 'Restore',
    restoreOf: (name: string) => `Restore the copy of ${name}`,
    notListed: 'Open this folder to bring changes in.',
    loading: 'Reading the copies…',
    empty: 'No isolated copies',
    emptyHelp: 'A new isolated session works on a copy of its folder. Nothing reaches your files until you bring it in.',
    allDiscarded: 'All copies are in the trash.',
    trash: 'Trash',
    emptyTrash: 'Empty trash…',
    confirm: (copies: number, size: number) =>
      `Delete ${plural(copies, 'copy', 'copies')} for good? ${copies === 1 ? 'Its' : 'Their'} changes, ${bytes(size)}, can’t be restored after that.`,
    deleteAll: 'Delete for good',
  },

  /** Words of the review of changes that are brought in. */
  review: {
    question: 'Bring in these changes?',
    copyStays: 'The copy keeps its changes, whatever you decide.',
    badge: 'Changed on both sides',
    badgeHelp: 'The project changed these lines as well since the copy was made',
    mark: 'conflict',
    keep: 'Keep the project’s',
    take: 'Take the copy’s',
    show: 'Compare',
    hide: 'Hide comparison',
    before: 'Before',
    project: 'In the project',
    copy: 'In the copy',
    sides: (path: string) => `Versions of these lines of ${path}`,
    noLines: 'No lines',
    more: (lines: number) => `and ${plural(lines, 'more line')}`,
    conflicts: (conflicts: number, left: number) => {
      const all = `${plural(conflicts, 'change')} ${conflicts === 1 ? 'conflicts' : 'conflict'} with the project.`;
      if (left === 0) return conflicts === 1 ? 'The conflict is decided.' : 'All conflicts are decided.';
      if (left < conflicts) return `${all} Choose for ${left === 1 ? 'the last one' : `${left} more`}.`;
      return `${all} Choose ${conflicts === 1 ? 'which lines to keep' : 'for each'}.`;
    },
    eachAlone: 'Choose for each conflict by itself',
    next: 'Next conflict',
    nothing: 'No change is selected. Deny to leave the project as it is.',
  },
} as const;
