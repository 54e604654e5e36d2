import { computeCommandScore } from 'bits-ui';

/** Score below which a word doesn't match: its letters are there, but scattered. */
const LEAST = 0.02;
/** Length from which a word is matched as it is, since it was pasted: to try all ways in which its letters may be scattered takes
 *  long. */
const LONG = 24;

/** Scores how well a query matches a text and its other names: 0 for no match, 1 for an equal text. Every word of the query has to
 *  match, in any order. */
export function score(query: string, text: string, also = ''): number {
  const words = query.trim().split(/\s+/);
  let all = 1;
  for (const word of words) {
    // other names count for less
    const best = Math.max(scoreOf(text, word), scoreOf(also, word) * 0.6);
    if (best < LEAST) return 0;
    all *= best;
  }
  return all;
}

function scoreOf(text: string, word: string): number {
  if (word.length < LONG) return computeCommandScore(text, word);
  return text.toLowerCase().includes(word.toLowerCase()) ? 1 : 0;
}

/** Returns what matches a query, the best first; equal matches keep their order. `textOf` returns a name and other names. */
export function ranked<T>(
  query: string,
  all: T[],
  textOf: (each: T) => [string, string?],
): { each: T; score: number }[] {
  return all
    .map((each) => ({ each, score: score(query, ...textOf(each)) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
}

/** Like `ranked`, but of matches that are about as good the last used comes first. */
export function rankedByTime<T extends { updated_ms: number }>(
  query: string,
  all: T[],
  textOf: (each: T) => [string, string?],
): { each: T; score: number }[] {
  const step = (score: number) => Math.round(score * 10);
  return ranked(query, all, textOf).sort(
    (a, b) => step(b.score) - step(a.score) || b.each.updated_ms - a.each.updated_ms,
  );
}
