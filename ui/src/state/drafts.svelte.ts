import type { Client } from './client';
import { Keeper, type Unfinished } from './keeper.svelte';

/** Pasted text of more characters, or more lines, is attached instead of put into the prompt. */
const MAX_CHARACTERS = 4_000;
const MAX_LINES = 100;

/** Content of a draft on disk. Images are not kept: they are large, and are where they came from. */
interface Kept {
  text: string;
  pastes: string[];
}

/** A prompt that isn't sent yet, with what is attached to it. */
export class Draft implements Unfinished {
  text = $state('');
  images = $state.raw<string[]>([]);
  /** Pasted texts that are too long for the prompt. */
  pastes = $state.raw<string[]>([]);
  /** Count of reads of images that aren't done yet. */
  reading = $state(0);
  #read: Promise<void> = Promise.resolve();

  get empty(): boolean {
    return this.text.trim() === '' && this.images.length === 0 && this.pastes.length === 0 && this.reading === 0;
  }

  /** Adds images as soon as they are read, in the order in which they were given. */
  async addImages(urls: Promise<string[]>): Promise<void> {
    this.reading += 1;
    this.#read = Promise.all([urls, this.#read]).then(([read]) => {
      this.images = [...this.images, ...read];
      this.reading -= 1;
    });
    await this.#read;
  }

  /** Resolves when every image that was given is read. */
  async imagesRead(): Promise<void> {
    while (this.reading > 0) await this.#read;
  }

  get content(): string | null {
    if (this.text === '' && this.pastes.length === 0) return null;
    return JSON.stringify({ text: this.text, pastes: this.pastes } satisfies Kept);
  }

  restore(content: string): void {
    const kept = JSON.parse(content) as Kept;
    // what was typed while it was fetched comes after it
    this.text = this.text === '' ? kept.text : `${kept.text}\n${this.text}`;
    this.pastes = [...kept.pastes, ...this.pastes];
  }
}

/** Reports whether a pasted text is attached instead of put into the prompt. */
export function isLongPaste(text: string): boolean {
  return text.length > MAX_CHARACTERS || countLines(text, MAX_LINES + 1) > MAX_LINES;
}

/** Counts the lines of a text, up to `most`. */
export function countLines(text: string, most = Infinity): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1 && lines < most; at = text.indexOf('\n', at + 1)) {
    // a line feed at the very end begins no line
    if (at < text.length - 1) lines += 1;
  }
  return lines;
}

/** The prompts that aren't sent yet, by session. */
export class Drafts {
  readonly #keeper: Keeper;
  readonly #drafts = new Map<string, Draft>();

  constructor(client: Client) {
    this.#keeper = new Keeper(client);
  }

  /** Returns the draft of a session, or of one that isn't started yet. */
  of(session: string): Draft {
    let draft = this.#drafts.get(session);
    if (!draft) {
      draft = new Draft();
      this.#drafts.set(session, draft);
      this.#keeper.keep(`prompt ${session}`, draft);
    }
    return draft;
  }
}
