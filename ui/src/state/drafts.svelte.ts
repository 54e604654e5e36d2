import type { CommandError } from '../bindings';
import type { Keeper, Unfinished } from './keeper.svelte';

/** Pasted text of more characters, or more lines, is attached instead of put into the prompt. */
const MAX_CHARACTERS = 4_000;
const MAX_LINES = 100;

/** Content of a draft on disk. Images are not kept: they are large, and are where they came from. Earlier versions kept the pastes in
 *  it. */
interface Kept {
  text: string;
  pastes?: string[];
}

/** Images of some files, and why the others can't be attached. */
export interface ReadImages {
  urls: string[];
  problems: CommandError[];
}

/** Images that are read for one prompt. */
class ImageReads {
  /** Count of reads that aren't done yet. */
  pending = $state(0);
  /** Resolves when the reads begun so far are done. */
  done: Promise<void> = Promise.resolve();
  /** Receives the images, in the order in which they were given. */
  receive: (read: ReadImages) => void;

  constructor(receive: (read: ReadImages) => void) {
    this.receive = receive;
  }
}

/** A prompt that was taken out of its draft to be sent. */
export class OutgoingPrompt {
  readonly text: string;
  readonly pastes: readonly string[];
  images: readonly string[];
  readonly #reads: ImageReads;
  #failed = false;

  constructor({ text, pastes, images }: Draft, reads: ImageReads) {
    this.text = text.trim();
    this.pastes = pastes;
    this.images = images;
    this.#reads = reads;
    reads.receive = ({ urls, problems }) => {
      this.images = [...this.images, ...urls];
      this.#failed ||= problems.length > 0;
    };
  }

  /** Count of its images that aren't read yet. */
  get reading(): number {
    return this.#reads.pending;
  }

  /** Waits for its images; reports whether each of them could be read. */
  async read(): Promise<boolean> {
    await this.#reads.done;
    return !this.#failed;
  }
}

/** A prompt that isn't sent yet, with what is attached to it. */
export class Draft implements Unfinished {
  text = $state('');
  images = $state.raw<readonly string[]>([]);
  /** Pasted texts that are too long for the prompt. */
  pastes = $state.raw<readonly string[]>([]);
  /** Prompt that is about to be sent, until it goes or comes back. */
  outgoing = $state.raw<OutgoingPrompt | null>(null);
  #reads = $state.raw(this.#newReads());
  #loading = $state(false);
  #loaded: Promise<void> = Promise.resolve();

  /** `loading` says that `load` follows. */
  constructor(loading = false) {
    this.#loading = loading;
  }

  #newReads(): ImageReads {
    return new ImageReads(({ urls }) => (this.images = [...this.images, ...urls]));
  }

  /** Whether nothing is in it; images that are still read don't count. */
  get empty(): boolean {
    return this.text.trim() === '' && this.images.length === 0 && this.pastes.length === 0;
  }

  /** Count of its images that aren't read yet. */
  get reading(): number {
    return this.#reads.pending;
  }

  /** Whether there is something to send, be it an image that isn't read yet. Nothing is while what was kept is still fetched. */
  get sendable(): boolean {
    return !this.#loading && (!this.empty || this.reading > 0);
  }

  /** Has nothing sent until these parts of it are fetched. */
  load(...parts: readonly Promise<void>[]): void {
    this.#loaded = Promise.all(parts).then(() => {
      this.#loading = false;
    });
  }

  /** Whether something of what was kept is still fetched. */
  get loading(): boolean {
    return this.#loading;
  }

  /** Waits for what is still fetched of it; reports whether it is as it was then: what comes is seen before it is sent. */
  async settled(): Promise<boolean> {
    const [text, pastes] = [this.text, this.pastes];
    await this.#loaded;
    return this.text === text && this.pastes === pastes;
  }

  /** Adds images as soon as they are read, in the order in which they were given. */
  async addImages(images: Promise<ReadImages>): Promise<void> {
    const reads = this.#reads;
    reads.pending += 1;
    reads.done = Promise.all([images, reads.done]).then(([read]) => {
      reads.receive(read);
      reads.pending -= 1;
    });
    await reads.done;
  }

  /** Takes everything out to be sent. What is typed and attached from then on is the next prompt. */
  take(): OutgoingPrompt {
    const outgoing = new OutgoingPrompt(this, this.#reads);
    this.#reads = this.#newReads();
    [this.text, this.images, this.pastes] = ['', [], []];
    this.outgoing = outgoing;
    return outgoing;
  }

  /** Keeps what was taken out no longer: it goes now. */
  letGo(): void {
    this.outgoing = null;
  }

  /** Puts a prompt that wasn't sent back, before what was typed and attached meanwhile. */
  putBack({ text, pastes, images }: OutgoingPrompt): void {
    this.outgoing = null;
    this.text = joined(text, this.text);
    this.pastes = [...pastes, ...this.pastes];
    this.images = [...images, ...this.images];
  }

  get content(): string | null {
    const text = joined(this.outgoing?.text ?? '', this.text);
    return text === '' ? null : JSON.stringify({ text } satisfies Kept);
  }

  restore(content: string): void {
    const kept = JSON.parse(content) as Kept;
    // what was typed while it was fetched comes after it
    this.text = joined(kept.text, this.text);
    this.pastes = [...(kept.pastes ?? []), ...this.pastes];
  }

  replace(content: string | null): boolean {
    // what is about to be sent comes back if it can't be
    if (this.outgoing) return false;
    this.text = content === null ? '' : (JSON.parse(content) as Kept).text;
    return true;
  }
}

/** The pastes of a draft, kept beside it: they are long, and what is typed must not save them again. */
export class KeptPastes implements Unfinished {
  readonly #draft: Draft;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  get content(): string | null {
    const pastes = [...(this.#draft.outgoing?.pastes ?? []), ...this.#draft.pastes];
    return pastes.length === 0 ? null : JSON.stringify(pastes);
  }

  restore(content: string): void {
    this.#draft.pastes = [...(JSON.parse(content) as string[]), ...this.#draft.pastes];
  }

  replace(content: string | null): boolean {
    if (this.#draft.outgoing) return false;
    this.#draft.pastes = content === null ? [] : (JSON.parse(content) as string[]);
    return true;
  }
}

function joined(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first}\n${second}`;
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

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  /** Returns the draft of a session, or of one that isn't started yet. */
  of(session: string): Draft {
    let draft = this.#drafts.get(session);
    if (!draft) {
      draft = new Draft(true);
      this.#drafts.set(session, draft);
      const prompt = this.#keeper.keep(`prompt ${session}`, draft);
      const pastes = this.#keeper.keep(`pastes ${session}`, new KeptPastes(draft));
      draft.load(prompt.loaded, pastes.loaded);
    }
    return draft;
  }
}
