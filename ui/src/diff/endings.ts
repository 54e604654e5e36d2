import type { DiffLine } from '../bindings';

/** Most lines of a hunk in which they are looked for: the comparison of longer ones may be rough. */
export const MAX_LINES = 2_000;
/** Characters of a line that are shown whole. */
const MAX_SHOWN = 2_000;

/**
 * Finds lines of a hunk of which only the ending changes: LF, CRLF, or none at the end of the file. Lines are compared with their
 * endings and shown without: what is taken out and put in by one change, and reads alike, differs in nothing else. Empty until all
 * lines are loaded.
 */
export function endingChanges(count: number, lineAt: (line: number) => DiffLine | undefined): ReadonlySet<number> {
  const found = new Set<number>();
  if (count > MAX_LINES) return found;
  const lines = Array.from({ length: count }, (_, line) => lineAt(line));
  if (!lines.every((line) => line !== undefined)) return found;
  for (let at = 0; at < count; ) {
    const added = endOf(lines, at, 'removed');
    const end = endOf(lines, added, 'added');
    pair(lines, at, added, end, found);
    at = Math.max(end, at + 1);
  }
  return found;
}

/** Pairs as many of the lines that a change takes out with those it puts in as read alike, in order. */
function pair(lines: readonly DiffLine[], from: number, added: number, end: number, found: Set<number>): void {
  const texts = lines.slice(from, end).map(({ text }) => text);
  const [old, fresh] = [added - from, end - added];
  const isSame = (line: number, other: number) => texts[line] === texts[old + other] && isWhole(texts[line] ?? '');
  // the longest common subsequence of what follows, by the number of lines on both sides
  const width = fresh + 1;
  const longest = new Uint16Array((old + 1) * width);
  const at = (line: number, other: number) => longest[line * width + other] ?? 0;
  for (let line = old - 1; line >= 0; line -= 1) {
    for (let other = fresh - 1; other >= 0; other -= 1) {
      const skipped = Math.max(at(line + 1, other), at(line, other + 1));
      longest[line * width + other] = isSame(line, other) ? at(line + 1, other + 1) + 1 : skipped;
    }
  }
  for (let [line, other] = [0, 0]; line < old && other < fresh; ) {
    if (isSame(line, other)) {
      found.add(from + line).add(added + other);
      [line, other] = [line + 1, other + 1];
    } else if (at(line + 1, other) >= at(line, other + 1)) line += 1;
    else other += 1;
  }
}

/** Whether a text is shown as it is: not cut, and without characters that stand as their numbers. */
function isWhole(text: string): boolean {
  return text.length < MAX_SHOWN && !text.includes('\\u{');
}

function endOf(lines: readonly DiffLine[], from: number, kind: DiffLine['kind']): number {
  let at = from;
  while (lines[at]?.kind === kind) at += 1;
  return at;
}
