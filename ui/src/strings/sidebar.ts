import { plural } from './format';

/** Returns a session's title in quotation marks, or words for one that has none. */
function named(title: string): string {
  return title === '' ? 'an unnamed session' : `“${title}”`;
}

/** Words of the sidebar, of the list of sessions, and of what is done with a session. */
export const sidebar = {
  region: 'Sessions',
  width: 'Width of the sidebar',
  show: 'Show sidebar',
  hide: 'Hide sidebar',
  commands: 'Commands',
  settings: 'Settings',

  noFolder: 'No folder',
  openFolder: 'Open folder…',
  missing: (path: string) => `${path} (missing)`,

  search: 'Search',
  searchSessions: 'Search sessions',
  clearSearch: 'Clear search',
  searchOptions: 'Search options',
  allFolders: 'In all folders',
  places: { sessions: 'Sessions', archive: 'Archive', trash: 'Trash' },
  results: { sessions: 'Results', archive: 'In the archive', trash: 'In the trash' },
  resultCount: (count: number) => `: ${count}`,
  nothingHere: 'No sessions here.',
  nothingFound: 'No session contains all of these words.',
  empty: 'Sessions in this folder appear here.',
  older: (count: number) => `Show ${plural(count, 'older session')}`,

  elsewhere: 'Other projects',
  done: 'done, not seen yet',
  failed: 'failed',
  onModel: (model: string) => `with ${model}`,

  unnamed: 'New session',
  forked: 'forked',
  forkedHelp: 'Forked from another session',
  waiting: (count: number) => `${plural(count, 'decision')} waiting for you`,
  waitingShort: 'waiting for you',
  menu: (title: string) => `More actions for ${title === '' ? 'this session' : title}`,
  rename: 'Rename…',
  fork: 'Fork',
  receipt: 'Show receipt…',
  openBeside: 'Open beside',
  dropBeside: 'Drop to open side by side',
  dropHere: 'Drop to open here',
  openWindow: 'Open in new window',
  closeBeside: 'Close this side',
  exportFormats: { markdown: 'Export as Markdown…', html: 'Export as web page…', json: 'Export as JSON…' },
  exported: (path: string, removed: number) =>
    removed > 0
      ? `Exported to ${path}. ${removed === 1 ? '1 secret was removed.' : `${removed} secrets were removed.`}`
      : `Exported to ${path}. No secrets were found in it.`,
  archive: 'Archive',
  unarchive: 'Move out of the archive',
  trash: 'Move to trash',
  restore: 'Restore from trash',
  archived: (title: string) => `Archived ${named(title)}`,
  unarchived: (title: string) => `Moved ${named(title)} out of the archive`,
  trashed: (title: string) => `Moved ${named(title)} to the trash`,
  renameTitle: 'Rename session',
  name: 'Name',

  sandbox: {
    label: 'Sandbox',
    title: (level: 'full' | 'partial' | 'none' | undefined) => `Sandbox: ${level ?? 'checking…'}`,
    level: { full: 'full', partial: 'partial', none: 'none', unknown: 'checking…' },
    help: {
      full: 'Every layer is in place. Commands are limited to what your permissions allow.',
      partial: 'Commands are contained, except for these gaps:',
      none: 'Commands can’t be contained on this computer, so none runs without asking you.',
    },
    layers: 'Layers in place',
    overlay: 'Commands can run on a copy of the project first (“Ask about changes”).',
    noOverlay: (why: string) => `Commands can’t run on a copy of the project first: ${why}.`,
    checking: 'Checking what this computer supports…',
  },
} as const;
