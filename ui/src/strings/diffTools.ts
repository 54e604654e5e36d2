/** Words of what is done with a part of a diff. */
export const diffTools = {
  menu: (what: string) => `More for ${what}`,
  ofHunk: (path: string, hunk: string) => `${path}, ${hunk}`,
  all: 'all changes',
  open: 'Open in your editor',
  openAt: (line: number) => `Open in your editor at line ${line}`,
  copy: { all: 'Copy all as patch', file: 'Copy file as patch', hunk: 'Copy hunk as patch' },
  export: { all: 'Export all as .patch…', file: 'Export file as .patch…', hunk: 'Export hunk as .patch…' },
  why: 'Why this change',
  ask: 'Ask about this…',
  revert: { file: 'Revert file', hunk: 'Revert hunk' },
  revertWaits: 'Wait until the task has ended, or stop it, to revert',
  copied: (path: string | null, hunk: boolean) =>
    path === null ? 'Copied all changes as a patch' : `Copied ${hunk ? 'a hunk of ' : ''}${path} as a patch`,
  copyFailed: { message: 'Couldn’t copy: the clipboard isn’t available', hint: null },
  exported: (path: string) => `Exported to ${path}`,
  reverted: (path: string, hunk: boolean) => `Reverted ${hunk ? 'a hunk of ' : ''}${path}`,
  undo: 'Undo',
} as const;
