import type { Block, Change, Row } from '../bindings';

/** Lines and characters of the end of an output that the window keeps, as the host does. */
const OUTPUT_LINES = 200;
const OUTPUT_CHARS = 32 * 1024;

/** A loaded row, in a cell of its own so that text that streams into it repaints it alone. */
export class RowCell {
  row = $state.raw<Row>() as Row;

  constructor(row: Row) {
    this.row = row;
  }
}

/** Rows of a conversation by position; only some are loaded. */
export class RowStore {
  total = $state(0);
  #structure = $state(0);
  #cells = new Map<number, RowCell>();
  /** Positions that changed during each pending fetch, whose reply may be older than the change. */
  #touched = new Set<Set<number>>();

  constructor(total: number, first: number, rows: Row[]) {
    this.total = total;
    this.load(first, rows);
  }

  /** Returns the row at a position, if it is loaded. */
  at(index: number): RowCell | undefined {
    void this.#structure;
    return this.#cells.get(index);
  }

  /** Count of loaded rows. */
  get loaded(): number {
    void this.#structure;
    return this.#cells.size;
  }

  /** Returns the first run of rows in `[from, to)` that isn't loaded, at most `most` long. */
  missing(from: number, to: number, most: number): { from: number; count: number } | null {
    let start = from;
    while (start < to && this.#cells.has(start)) start += 1;
    if (start >= to) return null;
    let end = start + 1;
    while (end < to && end - start < most && !this.#cells.has(end)) end += 1;
    return { from: start, count: end - start };
  }

  /** Stores fetched rows. Loaded ones stay: they are at least as new. */
  load(first: number, rows: Row[]): void {
    rows.forEach((row, offset) => {
      if (!this.#cells.has(first + offset)) this.#cells.set(first + offset, new RowCell(row));
    });
    this.total = Math.max(this.total, first + rows.length);
    this.#structure += 1;
  }

  /** Fetches rows and stores them, except those that changed meanwhile. */
  async fetch(
    from: number,
    count: number,
    fetch: (from: number, count: number) => Promise<Row[]>,
  ): Promise<void> {
    const touched = new Set<number>();
    this.#touched.add(touched);
    try {
      const rows = await fetch(from, count);
      let run: Row[] = [];
      let start = from;
      rows.forEach((row, offset) => {
        if (touched.has(from + offset)) {
          this.load(start, run);
          run = [];
          start = from + offset + 1;
        } else {
          run.push(row);
        }
      });
      this.load(start, run);
    } finally {
      this.#touched.delete(touched);
    }
  }

  /** Unloads rows outside `[from, to)`, so that scrolling back far doesn't fill the memory. */
  trim(from: number, to: number): void {
    for (const index of this.#cells.keys()) {
      if (index < from || index >= to) this.#cells.delete(index);
    }
  }

  /** Applies a change of a row. */
  apply(change: Extract<Change, { index: number }>): void {
    const cell = this.#cells.get(change.index);
    if (!cell) for (const touched of this.#touched) touched.add(change.index);
    switch (change.type) {
      case 'row':
        if (cell) {
          cell.row = change.row;
        } else {
          this.#cells.set(change.index, new RowCell(change.row));
          for (const touched of this.#touched) touched.delete(change.index);
          this.total = Math.max(this.total, change.index + 1);
          this.#structure += 1;
        }
        break;
      case 'blocks':
        if (cell) cell.row = withBlocks(cell.row, change.from, change.blocks);
        break;
      case 'append':
        if (cell) cell.row = withText(cell.row, change.text);
        break;
    }
  }
}

function withBlocks(row: Row, from: number, blocks: Block[]): Row {
  if (row.body.type !== 'agent') return row;
  return { ...row, body: { ...row.body, blocks: [...row.body.blocks.slice(0, from), ...blocks] } };
}

function withText(row: Row, text: string): Row {
  if (row.body.type === 'reasoning') return { ...row, body: { ...row.body, text: row.body.text + text } };
  if (row.body.type !== 'command') return row;
  const { output, hidden } = lastOf(row.body.output + text);
  return { ...row, body: { ...row.body, output, hidden_lines: row.body.hidden_lines + hidden } };
}

/** Returns the end of an output, and how many lines before it are cut off. */
export function lastOf(output: string): { output: string; hidden: number } {
  let start = Math.max(0, output.length - OUTPUT_CHARS);
  if (start > 0) {
    const lineEnd = output.indexOf('\n', start);
    if (lineEnd >= 0 && lineEnd + 1 < output.length) start = lineEnd + 1;
  }
  // a line feed at the very end closes its line and begins none
  let at = output.endsWith('\n') ? output.length - 1 : output.length;
  for (let lines = 0; lines < OUTPUT_LINES; lines += 1) {
    at = output.lastIndexOf('\n', at - 1);
    if (at <= start) return cut(output, start);
  }
  return cut(output, at + 1);
}

function cut(output: string, start: number): { output: string; hidden: number } {
  let hidden = 0;
  for (let at = output.indexOf('\n'); at >= 0 && at < start; at = output.indexOf('\n', at + 1)) hidden += 1;
  return { output: output.slice(start), hidden };
}
