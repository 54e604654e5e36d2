import type { DiffLine, HunkView } from '../bindings';

/** How many lines one request fetches; pages begin at multiples of it. */
const PAGE = 500;

export type FetchLines = (from: number, count: number) => Promise<DiffLine[] | undefined>;

/** The lines of one hunk: the first came with it, the rest is fetched when it is looked at. */
export class HunkLines {
  #hunk: HunkView;
  #fetch: FetchLines;
  #pages = new Map<number, DiffLine[]>();
  #asked = new Set<number>();
  #version = $state(0);

  constructor(hunk: HunkView, fetch: FetchLines) {
    this.#hunk = hunk;
    this.#fetch = fetch;
  }

  get count(): number {
    return Math.max(this.#hunk.line_count, this.#hunk.lines.length);
  }

  /** How many are here, from the first on without a gap. */
  get read(): number {
    void this.#version;
    let read = this.#hunk.lines.length;
    for (;;) {
      const page = Math.floor(read / PAGE);
      const end = page * PAGE + (this.#pages.get(page)?.length ?? 0);
      if (end <= read) return read;
      read = end;
    }
  }

  /** A line, or nothing while it is on its way. */
  at(index: number): DiffLine | undefined {
    if (index < this.#hunk.lines.length) return this.#hunk.lines[index];
    void this.#version;
    const page = Math.floor(index / PAGE);
    return this.#pages.get(page)?.[index - page * PAGE];
  }

  /** Fetches what is missing in `[from, to)`. */
  want(from: number, to: number): void {
    const first = Math.max(from, this.#hunk.lines.length);
    if (first >= Math.min(to, this.count)) return;
    for (let page = Math.floor(first / PAGE); page * PAGE < Math.min(to, this.count); page += 1) {
      if (this.#asked.has(page)) continue;
      this.#asked.add(page);
      void this.#fetch(page * PAGE, Math.min(PAGE, this.count - page * PAGE)).then((lines) => {
        if (lines) {
          this.#pages.set(page, lines);
          this.#version += 1;
        } else {
          this.#asked.delete(page);
        }
      });
    }
  }
}
