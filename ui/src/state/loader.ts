import type { Row } from '../bindings';
import type { RowStore } from './rows.svelte';

/** Rows fetched by one request, and rows that stay loaded around those on screen. */
const FETCH_ROWS = 200;
const KEEP_ROWS = 2000;
/** Attempts to load rows whose replies are overtaken by changes. */
const ATTEMPTS = 5;

export type FetchRows = (from: number, count: number) => Promise<Row[]>;

/** Loads the rows of one conversation as they come into view. */
export class RowLoader {
  readonly #rows: RowStore;
  readonly #fetch: FetchRows;
  #view = { from: 0, to: 0 };
  #fetching = false;

  constructor(rows: RowStore, fetch: FetchRows) {
    this.#rows = rows;
    this.#fetch = fetch;
  }

  /** Loads the rows in `[from, to)`, which are on screen, and unloads those far away. A call while another runs only moves its target. */
  async show(from: number, to: number): Promise<void> {
    this.#view = { from, to };
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      while (await this.#fetchGap());
    } finally {
      this.#fetching = false;
    }
  }

  /** Loads the rows in `[from, to)`, wherever they are. */
  async load(from: number, to: number): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const gap = this.#rows.missing(from, to, FETCH_ROWS);
      if (!gap) return;
      await this.#rows.fetch(gap.from, gap.count, this.#fetch);
    }
  }

  /** Fetches one stretch of missing rows; reports whether more may be missing. */
  async #fetchGap(): Promise<boolean> {
    const { from, to } = this.#view;
    const gap = this.#rows.missing(from, to, FETCH_ROWS);
    if (!gap) return false;
    // more than is missing, in the direction in which the person scrolls
    const first = gap.from > from ? gap.from : Math.max(0, gap.from + gap.count - FETCH_ROWS);
    const before = this.#rows.loaded;
    await this.#rows.fetch(first, FETCH_ROWS, this.#fetch);
    const more = this.#rows.loaded > before;
    if (this.#rows.loaded > 2 * KEEP_ROWS) this.#rows.trim(from - KEEP_ROWS / 2, to + KEEP_ROWS / 2);
    return more;
  }
}
