import { SvelteMap } from 'svelte/reactivity';
import type { DiffLine, HunkView, TokenSpan } from '../bindings';

/** Lines fetched by one request; pages begin at multiples of it. */
const PAGE = 500;

/** Lines whose colours are fetched by one request. */
const TOKEN_PAGE = 200;

export type FetchTokens = (from: number, count: number) => Promise<TokenSpan[][] | undefined>;
export type FetchLines = (from: number, count: number) => Promise<DiffLine[] | undefined>;

/** Lines of a hunk: the first came with it, the rest is fetched when it comes into view. */
export class HunkLines {
  #hunk: HunkView;
  #fetch: FetchLines;
  #pages = new Map<number, DiffLine[]>();
  #requested = new Set<number>();
  #version = $state(0);

  constructor(hunk: HunkView, fetch: FetchLines) {
    this.#hunk = hunk;
    this.#fetch = fetch;
  }

  get count(): number {
    return Math.max(this.#hunk.line_count, this.#hunk.lines.length);
  }

  /** Count of loaded lines from the first on, up to a gap. */
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

  /** Returns a line, or `undefined` while it isn't loaded. */
  at(index: number): DiffLine | undefined {
    if (index < this.#hunk.lines.length) return this.#hunk.lines[index];
    void this.#version;
    const page = Math.floor(index / PAGE);
    return this.#pages.get(page)?.[index - page * PAGE];
  }

  /** Fetches the lines in `[from, to)` that are missing. */
  load(from: number, to: number): void {
    const first = Math.max(from, this.#hunk.lines.length);
    if (first >= Math.min(to, this.count)) return;
    for (let page = Math.floor(first / PAGE); page * PAGE < Math.min(to, this.count); page += 1) {
      if (this.#requested.has(page)) continue;
      this.#requested.add(page);
      void this.#fetch(page * PAGE, Math.min(PAGE, this.count - page * PAGE)).then((lines) => {
        if (lines) {
          this.#pages.set(page, lines);
          this.#version += 1;
        } else {
          this.#requested.delete(page);
        }
      });
    }
  }
}

/** Syntax colours of the lines of a hunk, fetched for those in view: the text never waits for them. */
export class HunkTokens {
  #count: number;
  #fetch: FetchTokens | undefined;
  #pages = new SvelteMap<number, TokenSpan[][]>();
  #requested = new Set<number>();

  constructor(count: number, fetch: FetchTokens | undefined) {
    this.#count = count;
    this.#fetch = fetch;
  }

  /** Returns the tokens of a line; none while they aren't loaded. */
  at(index: number): TokenSpan[] {
    const page = Math.floor(index / TOKEN_PAGE);
    return this.#pages.get(page)?.[index - page * TOKEN_PAGE] ?? [];
  }

  /** Fetches the tokens of the lines in `[from, to)` that are missing. */
  load(from: number, to: number): void {
    if (!this.#fetch) return;
    for (let page = Math.floor(from / TOKEN_PAGE); page * TOKEN_PAGE < Math.min(to, this.#count); page += 1) {
      if (this.#requested.has(page)) continue;
      this.#requested.add(page);
      void this.#fetch(page * TOKEN_PAGE, TOKEN_PAGE).then((tokens) => {
        if (tokens) this.#pages.set(page, tokens);
      });
    }
  }
}
