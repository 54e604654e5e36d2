import type { LineKind } from '../bindings';
import type { Span } from '../state/span';

/** The height of a row of a diff, in pixels. */
export const ROW_HEIGHT = 20;

/** Which lines of a hunk stand in which of its rows. */
export interface Rows {
  readonly count: number;
  /** The line a row is for; of a row with two, the one on the left. */
  lineAt(row: number): number;
  rowOf(line: number): number;
  /** The lines without which those rows cannot be painted. */
  wanted(rows: Span): Span[];
}

/** One line a row. */
export function unified(count: number): Rows {
  return { count, lineAt: (row) => row, rowOf: (line) => line, wanted: (rows) => [rows] };
}

/** Rows that follow each other. Those of one kind are a line each, which says itself on which side it stands, or on both; in those
 *  of the other, `removed` lines stand on the left, and the `added` lines that follow them on the right. */
interface Run {
  row: number;
  rows: number;
  line: number;
  pair: { removed: number; added: number } | null;
}

/** What is told of a hunk before its lines are. */
interface Hunk {
  count: number;
  removed: number;
  added: number;
  /** Whether it is one change with the lines around it, as a proposed one is, and not several. */
  single: boolean;
}

/** The lines of a hunk on two sides. */
export class SideRows implements Rows {
  readonly count: number;
  /** What stands from this line on is not known yet. It is counted as a row a line, the most it can be. */
  readonly known: number;
  #runs: Run[];

  private constructor(runs: Run[], known: number) {
    const last = runs.at(-1);
    this.#runs = runs;
    this.known = known;
    this.count = last ? last.row + last.rows : 0;
  }

  /** Pairs the first removed line of a change with the first added one, and so on. `kindOf` answers for the first `read` lines. */
  static of(hunk: Hunk, read: number, kindOf: (line: number) => LineKind): SideRows {
    const runs = new Runs();
    const { count, removed, added } = hunk;
    const paired = removed > 0 && added > 0;
    const before = firstChange(read, kindOf);
    if (read < count && !paired) {
      runs.lines(count);
    } else if (read < count && hunk.single && before !== null) {
      runs.lines(before);
      runs.pair(removed, added);
      runs.lines(count - before - removed - added);
    } else {
      readRuns(runs, read, kindOf, read < count);
      runs.lines(count - read);
      return new SideRows(runs.all, read);
    }
    return new SideRows(runs.all, count);
  }

  /** The lines that stand on the left and on the right of a row: `null` where none does. */
  at(row: number): { left: number | null; right: number | null } {
    const run = this.#run((each) => each.row <= row);
    if (!run) return { left: null, right: null };
    const { line, pair } = run;
    const within = row - run.row;
    if (!pair) return { left: line + within, right: line + within };
    const right = line + pair.removed + within;
    // what is read ends in this change, and more of it may follow
    const open = line + pair.removed + pair.added === this.known;
    return {
      left: within < pair.removed ? line + within : null,
      right: within < pair.added || (open && right < this.#lines) ? right : null,
    };
  }

  lineAt(row: number): number {
    const { left, right } = this.at(row);
    return left ?? right ?? 0;
  }

  rowOf(line: number): number {
    const run = this.#run((each) => each.line <= line);
    if (!run) return 0;
    const within = line - run.line;
    return run.row + (run.pair && within >= run.pair.removed ? within - run.pair.removed : within);
  }

  wanted({ from, to }: Span): Span[] {
    const rows = Array.from({ length: to - from }, (_, offset) => this.at(from + offset));
    const lines = new Set(rows.flatMap(({ left, right }) => [left, right]).filter((line) => line !== null));
    const spans: Span[] = [];
    for (const line of [...lines].sort((a, b) => a - b)) {
      // where a line stands is known only when all before it are read
      const next = Math.min(line, this.known);
      const last = spans.at(-1);
      if (last && next <= last.to) last.to = next + 1;
      else spans.push({ from: next, to: next + 1 });
      if (next === this.known) break;
    }
    return spans;
  }

  get #lines(): number {
    const last = this.#runs.at(-1);
    if (!last) return 0;
    return last.line + (last.pair ? last.pair.removed + last.pair.added : last.rows);
  }

  /** The last run of which that is so; it is so of all before it. */
  #run(reached: (run: Run) => boolean): Run | undefined {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (reached(this.#runs[middle] as Run)) low = middle + 1;
      else high = middle;
    }
    return this.#runs[low - 1];
  }
}

/** Runs, each put after the one before it. */
class Runs {
  readonly all: Run[] = [];
  #row = 0;
  #line = 0;

  lines(count: number): void {
    if (count <= 0) return;
    const last = this.all.at(-1);
    if (last && !last.pair) last.rows += count;
    else this.all.push({ row: this.#row, rows: count, line: this.#line, pair: null });
    this.#row += count;
    this.#line += count;
  }

  pair(removed: number, added: number): void {
    const rows = Math.max(removed, added);
    this.all.push({ row: this.#row, rows, line: this.#line, pair: { removed, added } });
    this.#row += rows;
    this.#line += removed + added;
  }
}

function readRuns(runs: Runs, read: number, kindOf: (line: number) => LineKind, goesOn: boolean): void {
  const end = (kind: LineKind, from: number) => {
    let at = from;
    while (at < read && kindOf(at) === kind) at += 1;
    return at;
  };
  for (let at = 0; at < read; ) {
    const removed = end('removed', at);
    const next = end('added', removed);
    if (removed > at && (next > removed || (goesOn && next === read))) runs.pair(removed - at, next - removed);
    else runs.lines(Math.max(1, next - at));
    at = Math.max(next, at + 1);
  }
}

function firstChange(read: number, kindOf: (line: number) => LineKind): number | null {
  for (let line = 0; line < read; line += 1) if (kindOf(line) !== 'context') return line;
  return null;
}
