import type { LineKind } from '../bindings';
import type { Span } from '../state/span';

/** Height of a row of a diff in pixels; `--diff-line` in the style sheet. */
export const ROW_HEIGHT = 20;

/** Mapping between the lines of a hunk and its painted rows. */
export interface Rows {
  readonly count: number;
  /** Returns the line of a row; of two, the one on the left. */
  lineAt(row: number): number;
  rowOf(line: number): number;
  /** Returns the lines without which some rows can't be painted. */
  required(rows: Span): Span[];
}

/** Returns the rows of a unified diff, one line each. */
export function unified(count: number): Rows {
  return { count, lineAt: (row) => row, rowOf: (line) => line, required: (rows) => [rows] };
}

/** Consecutive rows. Without a `pair` they are a line each, whose kind says on which side it stands; with one, the `removed` lines
 *  stand on the left and the `added` lines that follow them on the right. */
interface Run {
  row: number;
  rows: number;
  line: number;
  pair: { removed: number; added: number } | null;
}

/** Size of a hunk, known before its lines. */
interface HunkSize {
  count: number;
  removed: number;
  added: number;
  /** Whether it is one change with its context, as a proposed one is, and not several. */
  single: boolean;
}

/** Rows of a side-by-side diff. */
export class SideRows implements Rows {
  readonly count: number;
  /** Count of lines whose rows are known. Those after it are counted as a row each, the most they can be. */
  readonly known: number;
  #runs: Run[];

  private constructor(runs: Run[], known: number) {
    const last = runs.at(-1);
    this.#runs = runs;
    this.known = known;
    this.count = last ? last.row + last.rows : 0;
  }

  /** Pairs the first removed line of a change with the first added one, and so on. `kindOf` knows the first `read` lines. */
  static from(hunk: HunkSize, read: number, kindOf: (line: number) => LineKind): SideRows {
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

  /** Returns the lines on the left and on the right of a row; `null` for none. */
  at(row: number): { left: number | null; right: number | null } {
    const run = this.#run((each) => each.row <= row);
    if (!run) return { left: null, right: null };
    const { line, pair } = run;
    const within = row - run.row;
    if (!pair) return { left: line + within, right: line + within };
    const right = line + pair.removed + within;
    // the loaded lines end in this change, and more of it may follow
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

  required({ from, to }: Span): Span[] {
    const rows = Array.from({ length: to - from }, (_, offset) => this.at(from + offset));
    const lines = new Set(rows.flatMap(({ left, right }) => [left, right]).filter((line) => line !== null));
    const spans: Span[] = [];
    for (const line of [...lines].sort((a, b) => a - b)) {
      // the row of a line is known only when all lines before it are loaded
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

  /** Returns the last run that `reached` accepts; it accepts all before it. */
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

/** Builder of consecutive runs. */
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
