import type { FoundRows } from '../bindings';

const NOTHING: FoundRows = { rows: [], total: 0, more: false };

/** Match in a conversation: its row, and its number among the matches of the row. */
export interface Match {
  row: number;
  nth: number;
}

/** Search in the conversation of a session. The host searches all rows: those that aren't loaded, and folded output, too. */
export class Find {
  open = $state(false);
  query = $state('');
  found = $state.raw<FoundRows>(NOTHING);
  /** Index of the match that is shown among all, from 0; -1 while there is none. */
  current = $state(-1);
  /** Count of the requests to show the current match. */
  requests = $state(0);
  /** Row with a match that is shown, by session and id: it shows all there is of its output. */
  revealed = $state<string | null>(null);
  /** Text that `found` belongs to. */
  #searched = $state('');
  readonly #search: (query: string) => Promise<FoundRows | undefined>;

  constructor(search: (query: string) => Promise<FoundRows | undefined>) {
    this.#search = search;
  }

  /** Whether the matches of what is typed are known. */
  get settled(): boolean {
    return this.#searched === this.query;
  }

  /** The match that is shown. */
  get match(): Match | null {
    if (this.current < 0) return null;
    let before = 0;
    for (const { row, count } of this.found.rows) {
      if (this.current < before + count) return { row, nth: this.current - before };
      before += count;
    }
    return null;
  }

  /** Searches for what is typed. A new text shows its first match from row `from` on; the same one, after the conversation went on,
   *  keeps its match. */
  async search(from: number): Promise<void> {
    const { query } = this;
    const found = query === '' ? NOTHING : await this.#search(query);
    if (query !== this.query || !found) return;
    const kept = this.#searched === query ? this.match : null;
    this.found = found;
    if (this.#searched !== query || kept === null) {
      this.current = found.total === 0 ? -1 : this.#indexFrom(from);
      this.requests += 1;
    } else {
      this.current = Math.min(this.#before(kept.row) + kept.nth, found.total - 1);
    }
    this.#searched = query;
  }

  /** Goes on by one match, around the ends. */
  step(by: 1 | -1): void {
    const { total } = this.found;
    if (total === 0) return;
    this.current = (this.current + by + total) % total;
    this.requests += 1;
  }

  close(): void {
    this.open = false;
  }

  /** Counts the matches before a row. */
  #before(row: number): number {
    return this.found.rows.reduce((sum, each) => sum + (each.row < row ? each.count : 0), 0);
  }

  #indexFrom(row: number): number {
    const index = this.#before(row);
    return index < this.found.total ? index : 0;
  }
}
