import type { Client } from './client';

/** Something a person has begun, which the host keeps over a restart. */
export interface Unfinished {
  /** Content to keep; `null` when there is nothing. */
  readonly content: string | null;
  /** Takes in what was kept, beside what is there by now. */
  restore(content: string): void;
}

/** Time without a change after which it is saved. */
const SETTLED_MS = 300;

/** Has the host keep what is unfinished, under a key each. */
export class Keeper {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Restores `thing`, and saves it after each change from then on. Returns what ends that; what was kept is removed with it. */
  keep(key: string, thing: Unfinished): () => void {
    let saved: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let loaded = $state(false);

    const save = async () => {
      const { content } = thing;
      if (content === saved) return;
      saved = content;
      await this.#client.call('save_draft', { key, content });
    };
    void this.#load(key).then((content) => {
      saved = content;
      try {
        if (content !== null) thing.restore(content);
      } catch (error) {
        console.error(`the draft "${key}" can't be read and is begun anew`, error);
      }
      loaded = true;
    });
    const stop = $effect.root(() => {
      $effect(() => {
        const { content } = thing;
        if (!loaded) return;
        clearTimeout(timer);
        // what was sent must not come back
        if (content === null) void save();
        else timer = setTimeout(() => void save(), SETTLED_MS);
      });
    });
    return () => {
      clearTimeout(timer);
      stop();
      void this.#client.call('save_draft', { key, content: null });
    };
  }

  async #load(key: string): Promise<string | null> {
    try {
      return await this.#client.host.call('draft', { key });
    } catch {
      // what is typed from here on is what counts
      return null;
    }
  }
}
