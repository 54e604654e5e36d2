import type { SearchSessionsArgs, SessionShelf, SessionSummary, SessionsPage } from '../bindings';

/** How many are asked for at once, and how long typing is waited out. */
const PAGE = 50;
const PAUSE_MS = 120;

/** A search over sessions: what is wanted, and what was found of it so far. */
export class SessionSearch {
  words = $state('');
  everywhere = $state(false);
  shelf = $state<SessionShelf>('sessions');
  found = $state.raw<SessionSummary[]>([]);
  total = $state(0);
  /** Whether the answer to what is wanted now is there. */
  settled = $state(false);

  #find: (args: SearchSessionsArgs) => Promise<SessionsPage | undefined>;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(find: (args: SearchSessionsArgs) => Promise<SessionsPage | undefined>) {
    this.#find = find;
  }

  /** Whether anything is looked for; otherwise the plain list is shown. */
  get active(): boolean {
    return this.words.trim() !== '' || this.everywhere || this.shelf !== 'sessions';
  }

  /** What is wanted changed: asked for when the typing pauses. */
  changed(): void {
    this.settled = false;
    clearTimeout(this.#timer);
    if (!this.active) {
      this.#asked += 1;
      this.found = [];
      return;
    }
    this.#timer = setTimeout(() => void this.again(), PAUSE_MS);
  }

  /** Looks again for the same. */
  async again(): Promise<void> {
    if (this.active) await this.#ask(0);
  }

  /** Fetches what comes after what is there. */
  async more(): Promise<void> {
    await this.#ask(this.found.length);
  }

  clear(): void {
    this.words = '';
    this.everywhere = false;
    this.shelf = 'sessions';
    this.changed();
  }

  async #ask(from: number): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const { words, everywhere, shelf } = this;
    const page = await this.#find({ words: words.trim(), everywhere, shelf, from, count: PAGE });
    // an answer to what is not wanted any more
    if (asked !== this.#asked || !page) return;
    this.found = from === 0 ? page.sessions : [...this.found, ...page.sessions];
    this.total = page.total;
    this.settled = true;
  }
}
