import type { SearchSessionsArgs, SessionShelf, SessionSummary, SessionsPage } from '../bindings';

/** Sessions fetched by one request. */
const PAGE = 50;
/** Delay between the last key and the request. */
const PAUSE_MS = 120;

/** A search over sessions: its query, and the results so far. */
export class SessionSearch {
  words = $state('');
  everywhere = $state(false);
  shelf = $state<SessionShelf>('sessions');
  found = $state.raw<SessionSummary[]>([]);
  total = $state(0);
  /** Whether the results are those of the current query. */
  settled = $state(false);

  #find: (args: SearchSessionsArgs) => Promise<SessionsPage | undefined>;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(find: (args: SearchSessionsArgs) => Promise<SessionsPage | undefined>) {
    this.#find = find;
  }

  /** Whether there is a query; the plain list is shown otherwise. */
  get active(): boolean {
    return this.words.trim() !== '' || this.everywhere || this.shelf !== 'sessions';
  }

  /** Sends the query after a pause. To be called when it changed. */
  changed(): void {
    this.settled = false;
    clearTimeout(this.#timer);
    if (!this.active) {
      this.#asked += 1;
      this.found = [];
      return;
    }
    this.#timer = setTimeout(() => void this.refresh(), PAUSE_MS);
  }

  /** Sends the same query again. */
  async refresh(): Promise<void> {
    if (this.active) await this.#fetch(0);
  }

  /** Fetches the next page of results. */
  async more(): Promise<void> {
    await this.#fetch(this.found.length);
  }

  clear(): void {
    this.words = '';
    this.everywhere = false;
    this.shelf = 'sessions';
    this.changed();
  }

  async #fetch(from: number): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const { words, everywhere, shelf } = this;
    const page = await this.#find({ words: words.trim(), everywhere, shelf, from, count: PAGE });
    // the query has changed since
    if (asked !== this.#asked || !page) return;
    this.found = from === 0 ? page.sessions : [...this.found, ...page.sessions];
    this.total = page.total;
    this.settled = true;
  }
}
