import type { Client } from './client';

/** Something a person has begun, which the host keeps over a restart. */
export interface Unfinished {
  /** Content to keep; `null` when there is nothing. */
  readonly content: string | null;
  /** Takes in what was kept, beside what is there by now. */
  restore(content: string): void;
  /** Takes in what another window saved, in place of what was kept; reports whether it could. Absent where no other window's counts. */
  replace?(content: string | null): boolean;
}

/** Time without a change after which it is saved. */
const SETTLED_MS = 300;
/** Longest time that a change isn't saved, while others follow. */
const LONGEST_MS = 1_000;
/** Longest time that a flush is waited for. */
const FLUSH_MS = 1_000;
/** Time after which a page that came up reloads again: the window that was left may still have been saving. */
const RELOAD_AGAIN_MS = 500;

/** Something unfinished that the host keeps under a key: restored once, and saved after each change from then on. */
export class KeptDraft {
  /** Resolves when what was kept is taken in. */
  readonly loaded: Promise<void>;
  readonly #client: Client;
  readonly #key: string;
  readonly #thing: Unfinished;
  #isLoaded = $state(false);
  /** Content that the host has. */
  #saved: string | null = null;
  /** Content that the host doesn't keep: it isn't sent again, and nobody told again. */
  #refused: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unsavedSince: number | null = null;
  /** Ends with the last call of the host: no save overtakes an earlier one. */
  #turn: Promise<void>;
  #forgotten = false;

  constructor(client: Client, key: string, thing: Unfinished) {
    this.#client = client;
    this.#key = key;
    this.#thing = thing;
    this.loaded = this.#load();
    this.#turn = this.loaded;
  }

  /** Saves the content soon. Reads it, so that an effect follows it. */
  changed(): void {
    const { content } = this.#thing;
    if (!this.#isLoaded || this.#forgotten) return;
    clearTimeout(this.#timer);
    // what was sent must not come back
    if (content === null) {
      void this.save();
      return;
    }
    const now = Date.now();
    this.#unsavedSince ??= now;
    const longest = this.#unsavedSince + LONGEST_MS - now;
    this.#timer = setTimeout(() => void this.save(), Math.max(0, Math.min(SETTLED_MS, longest)));
  }

  /** Saves the content as it is now, unless the host has it. */
  save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#unsavedSince = null;
    return this.#inTurn(async () => {
      const { content } = this.#thing;
      if (content === this.#saved) this.#refused = null;
      if (this.#forgotten || content === this.#saved || (content !== null && content === this.#refused)) return;
      const args = { key: this.#key, content };
      const isKept = await this.#client.call('save_draft', args);
      if (isKept) {
        this.#saved = content;
        return;
      }
      this.#refused = content;
      // what was there before is gone as well
      if (isKept === false) this.#saved = null;
    });
  }

  /** Takes in what another window saved since, unless something is here that isn't saved. */
  async reload(): Promise<void> {
    const thing = this.#thing;
    if (!thing.replace) return;
    await this.#inTurn(async () => {
      const { content, is_kept: isKept } = await this.#client.host.call('draft', { key: this.#key });
      if (content === this.#saved) return;
      if (content === null && !isKept) {
        // nothing is there because nothing is kept; no window took it out
        this.#saved = null;
        return;
      }
      // also what was changed meanwhile
      if (this.#forgotten || thing.content !== this.#saved) return;
      if (thing.replace?.(content)) this.#saved = content;
    });
  }

  /** Removes what was kept, and keeps nothing from then on. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#forgotten = true;
    void this.#inTurn(async () => void (await this.#client.call('save_draft', { key: this.#key, content: null })));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.catch(() => undefined).then(work);
    return this.#turn;
  }

  async #load(): Promise<void> {
    let content: string | null = null;
    try {
      ({ content } = await this.#client.host.call('draft', { key: this.#key }));
    } catch {
      // what is typed from here on is what counts
    }
    this.#saved = content;
    try {
      if (content !== null) this.#thing.restore(content);
    } catch (error) {
      console.error(`the draft "${this.#key}" can't be read and is begun anew`, error);
    }
    this.#isLoaded = true;
  }
}

/** Has the host keep what is unfinished, under a key each. */
export class Keeper {
  readonly #client: Client;
  readonly #kept = new Set<KeptDraft>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Restores `thing`, and saves it after each change from then on, until `forget` is called. `loaded` resolves when it is restored. */
  keep(key: string, thing: Unfinished): { loaded: Promise<void>; forget: () => void } {
    const kept = new KeptDraft(this.#client, key, thing);
    this.#kept.add(kept);
    const stop = $effect.root(() => {
      $effect(() => kept.changed());
    });
    const forget = () => {
      stop();
      this.#kept.delete(kept);
      kept.forget();
    };
    return { loaded: kept.loaded, forget };
  }

  /** Saves what isn't saved yet. Resolves when that is done, or has taken too long; a failure is told, and never thrown. */
  async flush(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, FLUSH_MS)));
    await Promise.race([Promise.allSettled([...this.#kept].map((each) => each.save())), late]);
    clearTimeout(timer);
  }

  /** Takes in what other windows saved since, where nothing unsaved is here. What fails stays as it is. */
  async reload(): Promise<void> {
    await Promise.allSettled([...this.#kept].map((each) => each.reload()));
  }
}

/** Flushes when the page is left or about to go, which waits for nothing, and reloads when it comes up: another window of the app may
 *  show the same. */
export function followPage(
  keeper: Pick<Keeper, 'flush' | 'reload'>,
  window: EventTarget,
  document: EventTarget & { hidden: boolean },
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leave = () => {
    clearTimeout(timer);
    void keeper.flush();
  };
  const comeUp = () => {
    clearTimeout(timer);
    void keeper.reload();
    timer = setTimeout(() => void keeper.reload(), RELOAD_AGAIN_MS);
  };
  window.addEventListener('pagehide', leave);
  window.addEventListener('blur', leave);
  window.addEventListener('focus', comeUp);
  document.addEventListener('visibilitychange', () => (document.hidden ? leave() : comeUp()));
}
