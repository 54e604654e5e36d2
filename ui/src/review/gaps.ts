import type { DiffLine, FileView, HunkView } from '../bindings';

/** Lines between two hunks, which a patch doesn't show. Numbers count from 0 in the file as it was. */
export interface Gap {
  from: number;
  /** End of the gap; `null` for the last one, whose end is known once the file was read. */
  to: number | null;
  /** Difference of the line numbers after the patch from those before it. */
  shift: number;
}

interface Range {
  start: number;
  count: number;
}

/** Returns the lines of both sides that a hunk covers, from its header. */
export function ranges(hunk: HunkView): { before: Range; after: Range } | null {
  const match = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(hunk.header);
  if (!match) return null;
  const side = (start: string | undefined, count: string | undefined): Range => {
    const lines = count === undefined ? 1 : Number(count);
    // an empty side begins at the line before it
    return { start: lines === 0 ? Number(start) : Number(start) - 1, count: lines };
  };
  return { before: side(match[1], match[2]), after: side(match[3], match[4]) };
}

/** Returns the gaps of a file: one before each hunk, and one after the last. */
export function gaps(file: FileView): Gap[] {
  const all: Gap[] = [];
  let from = 0;
  let shift = 0;
  for (const hunk of file.hunks) {
    const covered = ranges(hunk);
    if (!covered) return [];
    all.push({ from, to: Math.max(from, covered.before.start), shift });
    from = covered.before.start + covered.before.count;
    shift = covered.after.start + covered.after.count - from;
  }
  all.push({ from, to: null, shift });
  return all;
}

/** Returns context lines of a diff for lines of the file as it was. */
export function contextLines(texts: readonly string[], from: number, shift: number): DiffLine[] {
  return texts.map((text, index) => ({
    kind: 'context',
    old_no: from + index + 1,
    new_no: from + index + 1 + shift,
    text,
    marks: [],
  }));
}
