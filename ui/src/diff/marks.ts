import type { Token, TokenSpan } from '../bindings';

/** A piece of a line: changed or not, and the kind of token it is. */
export interface LinePiece {
  text: string;
  marked: boolean;
  token: Token | null;
}

/** Splits a line at its marks and its tokens, which are ordered ranges of it. */
export function pieces(text: string, marks: [number, number][], tokens: TokenSpan[] = []): LinePiece[] {
  const within = (at: number) => Math.min(at, text.length);
  const cuts = new Set([0, text.length]);
  for (const [from, to] of [...marks, ...tokens]) cuts.add(within(from)).add(within(to));
  const places = [...cuts].sort((a, b) => a - b);
  const found: LinePiece[] = [];
  let mark = 0;
  let token = 0;
  for (let index = 0; index + 1 < places.length; index += 1) {
    const [from, to] = [places[index] as number, places[index + 1] as number];
    while (mark < marks.length && (marks[mark] as [number, number])[1] <= from) mark += 1;
    while (token < tokens.length && (tokens[token] as TokenSpan)[1] <= from) token += 1;
    const [marked, spanned] = [marks[mark], tokens[token]];
    found.push({
      text: text.slice(from, to),
      marked: marked !== undefined && marked[0] <= from,
      token: spanned !== undefined && spanned[0] <= from ? spanned[2] : null,
    });
  }
  return found;
}

/** Draws spaces as dots, and tabs as arrows that keep their width. */
export function drawnSpaces(text: string): string {
  return text.replaceAll(' ', '·').replaceAll('\t', '→\t');
}
