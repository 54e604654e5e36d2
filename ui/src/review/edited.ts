import type { DiffLine, HunkView } from '../bindings';
import { visible } from './visible';

/** Returns the hunk with the person's text in place of the model's. For hunks whose lines are all loaded. */
export function editedHunk(hunk: HunkView, text: string): HunkView {
  const changes = hunk.lines
    .map((line, index) => (line.kind === 'context' ? -1 : index))
    .filter((index) => index >= 0);
  const first = changes[0] ?? hunk.lines.length;
  const last = changes.at(-1) ?? hunk.lines.length - 1;
  const before = hunk.lines.slice(0, first);
  const inner = hunk.lines.slice(first, last + 1);
  const after = hunk.lines.slice(last + 1);

  const removed = inner.filter((line) => line.kind !== 'added').map(asRemoved);
  const start = inner.find((line) => line.new_no !== null)?.new_no ?? (before.at(-1)?.new_no ?? 0) + 1;
  const added = addedLines(text, start);
  const shift = added.length - inner.filter((line) => line.kind !== 'removed').length;
  const shifted = after.map((line) => ({
    ...line,
    new_no: line.new_no === null ? null : line.new_no + shift,
  }));
  const lines = [...before, ...removed, ...added, ...shifted];
  return { ...hunk, lines, line_count: lines.length, added: added.length, removed: removed.length, moved: [] };
}

/** Returns the hunk with the person's text alone and without line numbers. For hunks whose lines aren't all loaded: it isn't known
 *  where their change begins and ends. */
export function editedAlone(hunk: HunkView, text: string): HunkView {
  const lines = addedLines(text, null);
  return { ...hunk, lines, line_count: lines.length, added: lines.length, moved: [] };
}

function addedLines(text: string, start: number | null): DiffLine[] {
  const texts = text === '' ? [] : text.split('\n');
  return texts.map((each, index) => ({
    kind: 'added',
    old_no: null,
    new_no: start === null ? null : start + index,
    text: visible(each),
    marks: [],
  }));
}

function asRemoved(line: DiffLine): DiffLine {
  return { ...line, kind: 'removed', new_no: null, marks: [] };
}
