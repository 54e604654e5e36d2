import type { HunkView } from '../bindings';
import { review as text } from '../strings/review';
import { ranges } from './gaps';

/** Names lines of a hunk by their numbers, as the agent is told them: those after the patch, or those before it where every line is
 *  removed. */
export function lineNames(hunk: HunkView, from: number, to: number): string {
  const covered = ranges(hunk);
  const firstAdded = hunk.first_change + hunk.removed;
  const start = covered ?? { before: { start: 0 }, after: { start: 0 } };
  const removed = from >= hunk.first_change && to < firstAdded && hunk.removed > 0;
  if (removed) {
    const [first, last] = [start.before.start + from + 1, start.before.start + to + 1];
    return first === last ? text.removedLine(first) : text.removedLines(first, last);
  }
  // a removed line has no number after the patch: the next one that has counts
  const after = (line: number, step: 1 | -1) => {
    if (line < hunk.first_change) return start.after.start + line + 1;
    if (line >= firstAdded) return start.after.start + line - hunk.removed + 1;
    return start.after.start + hunk.first_change + (step === 1 ? 1 : 0);
  };
  const [first, last] = [after(from, 1), after(to, -1)];
  return first >= last ? text.line(first) : text.lines(first, last);
}

/** Returns the places of the first and the last line that a hunk changes; of one that isn't loaded whole, as if it were one change. */
export function changedLines(hunk: HunkView): { from: number; to: number } {
  const last = hunk.lines.findLastIndex((line) => line.kind !== 'context');
  if (last !== -1 && hunk.lines.length >= hunk.line_count) return { from: hunk.first_change, to: last };
  return { from: hunk.first_change, to: hunk.first_change + Math.max(1, hunk.removed + hunk.added) - 1 };
}
