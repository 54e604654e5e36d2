import { plural } from './format';

/** Words of links to files, and of the view of a file. */
export const files = {
  open: (path: string, line: number | null) => (line === null ? `Show ${path}` : `Show ${path}, line ${line}`),
  at: (line: number, column: number | null) => (column === null ? `Line ${line}` : `Line ${line}, column ${column}`),
  lines: (count: number) => plural(count, 'line'),
  gone: (line: number, count: number) => `The file has no line ${line} any more: it has ${plural(count, 'line')}.`,
  partly: 'Only the first megabyte is shown. Open the file in your editor to see the rest.',
  loading: 'Loading…',
  empty: 'The file is empty.',
  content: (path: string) => `Content of ${path}`,
  editor: 'Open in your editor',
  copyPath: 'Copy path',
} as const;
