/** Returns the beginnings of the last `count` days as the person has them, in order, and the end of today. */
export function dayBounds(count: number, now: number): number[] {
  const today = new Date(now);
  return Array.from({ length: count + 1 }, (_, index) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - count + 1 + index).getTime(),
  );
}
