import { SvelteMap } from 'svelte/reactivity';
import type { FileLink } from '../bindings';

/** Texts that are known at once; of more, all are asked for anew. */
const MOST = 2_000;
/** Longest text that is searched, in UTF-16 units. */
const LONGEST = 256 * 1024;
/** Whether a text may name a file: the host looks closer. */
const MAY_NAME = /[./][\p{L}\p{N}_]|[\p{L}\p{N}_](:|\()\d|", line \d/u;

type Fetch = (folder: string, texts: string[]) => Promise<FileLink[][]>;

const NONE: readonly FileLink[] = [];

/** Files of a project that texts on the screen name, asked for in batches. */
export class FileLinks {
  readonly #known = new SvelteMap<string, readonly FileLink[]>();
  readonly #fetch: Fetch;
  #asked = new Set<string>();
  #pending = new Map<string, string[]>();

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** Returns the files that a text names: none until the host has answered. Paths are relative to `folder`, or the project. */
  in(text: string, folder = ''): readonly FileLink[] {
    if (text.length > LONGEST || !MAY_NAME.test(text)) return NONE;
    const key = `${folder}\n${text}`;
    const known = this.#known.get(key);
    if (!known && !this.#asked.has(key)) this.#ask(key, folder, text);
    return known ?? NONE;
  }

  /** Has everything asked for again: files may be there now that were not, or be gone. */
  forget(): void {
    this.#asked.clear();
    this.#known.clear();
  }

  #ask(key: string, folder: string, text: string): void {
    this.#asked.add(key);
    const texts = this.#pending.get(folder);
    if (texts) {
      texts.push(text);
      return;
    }
    this.#pending.set(folder, [text]);
    // all that comes on the screen at once goes in one request
    queueMicrotask(() => void this.#send(folder));
  }

  async #send(folder: string): Promise<void> {
    const texts = this.#pending.get(folder) ?? [];
    this.#pending.delete(folder);
    // the text is there without its links; nobody is told that they are missing
    const found = await this.#fetch(folder, texts).catch(() => []);
    if (this.#known.size > MOST) this.forget();
    for (const [index, text] of texts.entries()) this.#known.set(`${folder}\n${text}`, found[index] ?? NONE);
  }
}

/** Piece of a text: a link to a file, or what is between two. */
export interface LinkedPiece {
  text: string;
  link: FileLink | null;
}

/** Splits a part of a text, which begins at `offset`, at the links of the whole text. */
export function linkedPieces(part: string, offset: number, links: readonly FileLink[]): LinkedPiece[] {
  const pieces: LinkedPiece[] = [];
  let at = 0;
  for (const link of links) {
    const [start, end] = [Math.max(0, link.start - offset), Math.min(part.length, link.end - offset)];
    if (end <= at || start >= part.length) continue;
    if (start > at) pieces.push({ text: part.slice(at, start), link: null });
    pieces.push({ text: part.slice(Math.max(at, start), end), link });
    at = end;
  }
  if (at < part.length) pieces.push({ text: part.slice(at), link: null });
  return pieces;
}
