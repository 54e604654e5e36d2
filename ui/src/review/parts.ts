import type { HunkView } from '../bindings';
import { isShownWhole } from '../diff/shown';

/** Change between unchanged lines of a hunk that is split. */
export interface HunkPart {
  /** Lines of the split hunk, from its first to before `to`. */
  from: number;
  to: number;
  added: number;
  removed: number;
  /** Lines of the hunk as it was proposed that the part is of, the last one included. */
  of: { from: number; to: number };
}

/** A hunk as it differs from the old lines, and its parts. */
export interface SplitHunk {
  /** Lines with those that stay as context. */
  hunk: HunkView;
  parts: readonly HunkPart[];
  /** Line of the proposed hunk that each line is. */
  places: readonly number[];
}

/** Splits a hunk at the lines that it takes out and puts in again; `null` where there are none, or where an old line isn't shown as
 *  it is. `compared` is the hunk as its new text differs from the old lines. */
export function splitHunk(hunk: HunkView, compared: HunkView): SplitHunk | null {
  const { lines } = compared;
  // an ending that changes isn't part of a line's text, and would be lost
  if (lines.length < compared.line_count || hunk.ends) return null;
  const places = placesIn(hunk, compared);
  const parts: HunkPart[] = [];
  for (let at = 0; at < lines.length; ) {
    let to = at;
    while (to < lines.length && lines[to]?.kind !== 'context') to += 1;
    if (to > at) parts.push(part(compared, places, at, to));
    at = to + 1;
  }
  const isWhole = lines.every(({ kind, text }) => kind !== 'removed' || isShownWhole(text));
  return parts.length > 1 && isWhole ? { hunk: compared, parts, places } : null;
}

function part({ lines }: HunkView, places: readonly number[], from: number, to: number): HunkPart {
  const within = Array.from({ length: to - from }, (_, offset) => from + offset);
  const added = within.filter((line) => lines[line]?.kind === 'added');
  const own = added.length > 0 ? added : within;
  const of = { from: places[own[0] ?? from] ?? 0, to: places[own.at(-1) ?? from] ?? 0 };
  return { from, to, added: added.length, removed: to - from - added.length, of };
}

/** Returns the line of the proposed hunk for each line of the compared one: of a line that stays, the one that is put in again. */
function placesIn(hunk: HunkView, { lines, line_count }: HunkView): number[] {
  const { first_change, removed, added } = hunk;
  const after = hunk.line_count - first_change - removed - added;
  let [oldAt, newAt] = [first_change, first_change + removed];
  return lines.map(({ kind }, line) => {
    if (line < first_change) return line;
    if (line >= line_count - after) return hunk.line_count - (line_count - line);
    if (kind === 'removed') return oldAt++;
    if (kind === 'context') oldAt += 1;
    return newAt++;
  });
}

/** Returns the text of a split hunk with some of its parts left out, whose old lines stay; `null` where it can't be told from none. */
export function textWithout(hunk: HunkView, split: SplitHunk, out: readonly number[]): string | null {
  const proposed = hunk.new_text === null || hunk.new_text === '' ? [] : hunk.new_text.split('\n');
  const firstNew = hunk.first_change + hunk.removed;
  const isOut = (line: number) => out.some((each) => within(split.parts[each], line));
  const texts = split.hunk.lines.flatMap(({ kind, text }, line) => {
    const place = split.places[line] ?? 0;
    if (kind === 'removed') return isOut(line) ? [text] : [];
    // lines around the change are not part of its text
    if (place < firstNew || place >= firstNew + hunk.added) return [];
    return kind === 'added' && isOut(line) ? [] : [proposed[place - firstNew] ?? text];
  });
  return texts.length === 1 && texts[0] === '' ? null : texts.join('\n');
}

function within(part: HunkPart | undefined, line: number): boolean {
  return part !== undefined && line >= part.from && line < part.to;
}

/** Reports whether a hunk takes a line out and puts it in again, as far as its lines are loaded: it can be split there. */
export function mayBeSplit(hunk: HunkView): boolean {
  if (hunk.ends) return false;
  const removed = new Set(hunk.lines.filter(({ kind, text }) => kind === 'removed' && text.trim() !== '').map(({ text }) => text));
  return removed.size > 0 && hunk.lines.some(({ kind, text }) => kind === 'added' && removed.has(text));
}
