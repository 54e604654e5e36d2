import type { DiffLine, HunkView } from '../bindings';
import { isShownWhole } from './shown';

/** Changed lines of a hunk that differ in white space only. */
export interface WhiteSpaceChanges {
  /** Their places in the hunk. */
  lines: ReadonlySet<number>;
  /** Number of lines that change so, where nothing else in the hunk changes; `null` otherwise. */
  only: number | null;
}

const NONE: WhiteSpaceChanges = { lines: new Set(), only: null };
/** Most pairs of lines of one change that are compared. */
const MAX_PAIRS = 250_000;

/** Finds the lines of a hunk that differ in spaces and tabs only, and changes of blank lines alone. None in a hunk whose lines aren't
 *  all loaded. Other characters that look like a space are shown as their numbers, and count as text. */
export function whiteSpaceChanges(hunk: HunkView): WhiteSpaceChanges {
  const { lines } = hunk;
  if (lines.length < hunk.line_count) return NONE;
  const found = new Set<number>();
  let changed = 0;
  let count = 0;
  for (let at = 0; at < lines.length; ) {
    const added = endOf(lines, at, 'removed');
    const end = endOf(lines, added, 'added');
    for (const line of unchangedText(lines, at, added, end)) found.add(line);
    changed += end - at;
    count += Math.max(added - at, end - added);
    at = Math.max(end, at + 1);
  }
  if (found.size === 0) return NONE;
  return { lines: found, only: found.size === changed ? count : null };
}

/** Returns the lines of a change that stay but for their white space; none where that stays too: what changes then isn't shown, as
 *  line endings are not. */
function unchangedText(lines: readonly DiffLine[], from: number, added: number, end: number): ReadonlySet<number> {
  // an ending that changes is no white space
  const texts = lines.slice(from, end).map(({ text, end: ending = '' }) => text + (ending && `\n${ending}`));
  // a line that isn't shown as it is may be any
  const bare = texts.map((text, line) => (isShownWhole(text) ? text.replace(/[ \t]+/g, '') : `\0${line}`));
  const split = added - from;
  const same = new Set<number>();
  let differs = false;
  for (const [line, other] of pairs(bare.slice(0, split), bare.slice(split))) {
    same.add(from + line).add(added + other);
    differs ||= texts[line] !== texts[split + other];
  }
  const blank = [...bare.keys()].filter((line) => bare[line] === '');
  if (same.size + blank.length === bare.length) {
    for (const line of blank) same.add(from + line);
    const blankOf = (side: readonly string[]) => side.filter((text) => text.trim() === '').join('\n');
    const isUneven = blank.filter((line) => line < split).length * 2 !== blank.length;
    differs ||= isUneven || blankOf(texts.slice(0, split)) !== blankOf(texts.slice(split));
  }
  return differs ? same : new Set();
}

/** Pairs equal texts that aren't empty, in order: as many as can be. */
function pairs(old: readonly string[], fresh: readonly string[]): [number, number][] {
  if (old.length * fresh.length > MAX_PAIRS) return [];
  const isSame = (line: number, other: number) => old[line] === fresh[other] && old[line] !== '';
  // the longest common subsequence of what follows, by the number of lines on both sides
  const width = fresh.length + 1;
  const longest = new Uint16Array((old.length + 1) * width);
  const at = (line: number, other: number) => longest[line * width + other] ?? 0;
  for (let line = old.length - 1; line >= 0; line -= 1) {
    for (let other = fresh.length - 1; other >= 0; other -= 1) {
      const skipped = Math.max(at(line + 1, other), at(line, other + 1));
      longest[line * width + other] = isSame(line, other) ? at(line + 1, other + 1) + 1 : skipped;
    }
  }
  const found: [number, number][] = [];
  for (let [line, other] = [0, 0]; line < old.length && other < fresh.length; ) {
    if (isSame(line, other)) {
      found.push([line, other]);
      [line, other] = [line + 1, other + 1];
    } else if (at(line + 1, other) >= at(line, other + 1)) line += 1;
    else other += 1;
  }
  return found;
}

function endOf(lines: readonly DiffLine[], from: number, kind: DiffLine['kind']): number {
  let at = from;
  while (lines[at]?.kind === kind) at += 1;
  return at;
}
