import { computeCommandScore } from 'bits-ui';

/** Below this a word is not meant: its letters are there, but scattered. */
const LEAST = 0.02;
/** A word as long as this was pasted, and is taken as it stands: to try all the ways in which its letters may be scattered would
 *  take long. */
const LONG = 24;

/** How well a text, and what else it goes by, is meant by what was typed: 0 when it is not, 1 when it is the same. Every word has
 *  to be in it, in any order. */
export function score(typed: string, text: string, also = ''): number {
  const words = typed.trim().split(/\s+/);
  let all = 1;
  for (const word of words) {
    // what it goes by as well counts for less than its name
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

/** What is meant by what was typed, the best first; what is meant as well as another stays before or after it. */
export function ranked<T>(typed: string, all: T[], of: (each: T) => [string, string?]): { each: T; score: number }[] {
  return all
    .map((each) => ({ each, score: score(typed, ...of(each)) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
}

/** The same for what was used at some time: of those that are meant about as well, the last used comes first. */
export function rankedByTime<T extends { updated_ms: number }>(
  typed: string,
  all: T[],
  of: (each: T) => [string, string?],
): { each: T; score: number }[] {
  const step = (score: number) => Math.round(score * 10);
  return ranked(typed, all, of).sort(
    (a, b) => step(b.score) - step(a.score) || b.each.updated_ms - a.each.updated_ms,
  );
}
