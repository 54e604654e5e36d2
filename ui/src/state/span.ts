/** Rows of one fixed height of which a part is on screen. */
export interface Span {
  from: number;
  to: number;
}

/** Which of `count` rows of `height` are to be painted, when the list begins `offset` below (negative: above) the top of a
 *  view of `view` pixels. A little more than fits, rounded so that small movements change nothing. */
export function visibleSpan(offset: number, view: number, height: number, count: number): Span {
  const STEP = 16;
  const first = Math.floor(-offset / height);
  const last = Math.ceil((view - offset) / height);
  if (last <= 0 || first >= count) return { from: 0, to: 0 };
  const from = Math.max(0, Math.floor(first / STEP) * STEP - STEP);
  const to = Math.min(count, Math.ceil(last / STEP) * STEP + STEP);
  return { from, to: Math.max(from, to) };
}

/** The positions of a span, one by one. */
export function positions(span: Span): number[] {
  return Array.from({ length: Math.max(0, span.to - span.from) }, (_, offset) => span.from + offset);
}
