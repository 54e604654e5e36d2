import { countLines } from '../state/drafts.svelte';
import { longText as words } from '../strings/longText';

/** Lines that are shown of the beginning, and of the end. */
const SHOWN = 500;

/** Longest line that is painted, in characters. */
const MAX_LINE = 2_000;

/** Part of a long text. */
export interface Excerpt {
  first: string;
  /** Number of lines between both parts. */
  left: number;
  last: string;
}

/** Returns the beginning and the end of a text, as much as can be painted at once. */
export function excerptOf(text: string): Excerpt {
  const lines = text.split('\n');
  if (lines.length <= 2 * SHOWN) return { first: cut(lines), left: 0, last: '' };
  return { first: cut(lines.slice(0, SHOWN)), left: lines.length - 2 * SHOWN, last: cut(lines.slice(-SHOWN)) };
}

/** Returns the first lines of a text. */
export function beginningOf(text: string, lines: number): string {
  let end = -1;
  for (let count = 0; count < lines; count += 1) {
    end = text.indexOf('\n', end + 1);
    if (end === -1) return cut(text.split('\n'));
  }
  return cut(text.slice(0, end).split('\n'));
}

/** Names the size of a text. */
export function sizeOf(text: string): string {
  return words.size(new Blob([text]).size, countLines(text));
}

function cut(lines: string[]): string {
  return lines.map((line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line)).join('\n');
}
