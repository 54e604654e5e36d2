/** A range of rows: `from` included, `to` not. */
export interface Span {
  from: number;
  to: number;
}

/** Returns the rows to paint of `count` rows of `height`, in a list that begins `offset` below (negative: above) the top of a
 *  view of `view` pixels: a little more than fits, rounded so that small movements change nothing. */
export function visibleSpan(offset: number, view: number, height: number, count: number): Span {
  const STEP = 16;
  const first = Math.floor(-offset / height);
  const last = Math.ceil((view - offset) / height);
  if (last <= 0 || first >= count) return { from: 0, to: 0 };
  const from = Math.max(0, Math.floor(first / STEP) * STEP - STEP);
  const to = Math.min(count, Math.ceil(last / STEP) * STEP + STEP);
  return { from, to: Math.max(from, to) };
}

/** Returns the positions of a span. */
export function positions(span: Span): number[] {
  return Array.from({ length: Math.max(0, span.to - span.from) }, (_, offset) => span.from + offset);
}
