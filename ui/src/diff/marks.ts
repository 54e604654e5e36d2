/** A piece of a line, changed or not. */
export interface LinePiece {
  text: string;
  marked: boolean;
}

/** Splits a line at its marks, which are ordered ranges of it. */
export function pieces(text: string, marks: [number, number][]): LinePiece[] {
  const cut: LinePiece[] = [];
  let at = 0;
  for (const [from, to] of marks) {
    if (from > at) cut.push({ text: text.slice(at, from), marked: false });
    if (to > from) cut.push({ text: text.slice(Math.max(at, from), to), marked: true });
    at = Math.max(at, to);
  }
  if (at < text.length) cut.push({ text: text.slice(at), marked: false });
  return cut;
}

/** Draws spaces as dots, and tabs as arrows that keep their width. */
export function drawnSpaces(text: string): string {
  return text.replaceAll(' ', '·').replaceAll('\t', '→\t');
}
