import type { CommandError, CopyId, CopyView } from '../bindings';
import { asCommandError } from '../host/host';
import { actions } from '../strings/actions';
import { isolated as text } from '../strings/isolated';
import type { Client } from './client';
import type { Toasts } from './toasts.svelte';

/** Failure of something a person wanted done with a copy, or with the trash. */
interface CopyFailure extends CommandError {
  copy: CopyId | 'trash';
}

/** Isolated copies of folders, as they were when they were read last. */
export class IsolatedCopies {
  /** All copies, those in the trash included, the newest first; `null` until they are read. */
  list = $state.raw<CopyView[] | null>(null);
  /** Reason why they can't be read. */
  problem = $state.raw<CommandError | null>(null);
  /** The last failure, shown where it happened. */
  failure = $state.raw<CopyFailure | null>(null);
  /** Whether something is being done with a copy. */
  busy = $state(false);
  readonly #client: Client;
  readonly #toasts: Toasts;
  /** Shows a session that asks about a copy's changes; rejects when it can't. */
  readonly #bringIn: (copy: CopyId) => Promise<void>;
  #reads = 0;
  /** Toasts that offer to undo a discard. */
  #undos: number[] = [];

  constructor(client: Client, toasts: Toasts, bringIn: (copy: CopyId) => Promise<void>) {
    this.#client = client;
    this.#toasts = toasts;
    this.#bringIn = bringIn;
  }

  /** The copies that sessions can work on. */
  get present(): CopyView[] {
    return (this.list ?? []).filter((copy) => !copy.discarded);
  }

  /** The copies in the trash. */
  get trashed(): CopyView[] {
    return (this.list ?? []).filter((copy) => copy.discarded);
  }

  /** Returns a copy of the list. */
  get(id: CopyId): CopyView | null {
    return this.list?.find((copy) => copy.id === id) ?? null;
  }

  /** Returns the failure of something done with a copy, or with the trash. */
  failureOf(copy: CopyId | 'trash'): CommandError | null {
    return this.failure?.copy === copy ? this.failure : null;
  }

  /** Reads the copies for a person who comes to look at them: an earlier failure is over. */
  async open(): Promise<void> {
    this.failure = null;
    await this.read();
  }

  /** Reads the copies; of several reads at a time the last one counts. */
  async read(): Promise<void> {
    this.#reads += 1;
    const read = this.#reads;
    try {
      const list = await this.#client.host.call('isolated_copies', {});
      if (read === this.#reads) [this.list, this.problem] = [list, null];
    } catch (thrown) {
      if (read === this.#reads) this.problem = asCommandError(thrown);
    }
  }

  /** Asks about the changes of a copy in a new session, which is shown; reports whether that succeeded. */
  async bringIn(copy: CopyId): Promise<boolean> {
    return this.#act(copy, () => this.#bringIn(copy));
  }

  /** Moves a copy to the trash, and offers to undo that; reports whether it succeeded. */
  async discard(copy: CopyId): Promise<boolean> {
    const folder = this.get(copy)?.folder ?? null;
    if (!(await this.#act(copy, () => this.#client.host.call('discard_copy', { copy })))) return false;
    const undo = { label: actions.undo, run: () => void this.#undoDiscard(copy) };
    this.#undos.push(this.#toasts.info(text.discarded(folder), undo));
    await this.read();
    return true;
  }

  /** Moves a copy out of the trash; reports whether it succeeded. */
  async restore(copy: CopyId): Promise<boolean> {
    const restored = await this.#act(copy, () => this.#client.host.call('restore_copy', { copy }));
    if (restored) await this.read();
    return restored;
  }

  /** Removes the copies in the trash for good; reports whether it succeeded. */
  async emptyTrash(): Promise<boolean> {
    const emptied = await this.#act('trash', () => this.#client.host.call('empty_copy_trash', {}));
    if (emptied) {
      // nothing is left to undo
      for (const toast of this.#undos) this.#toasts.dismiss(toast);
      this.#undos = [];
    }
    await this.read();
    return emptied;
  }

  async #undoDiscard(copy: CopyId): Promise<void> {
    // whoever discarded it may have left the place where it could be said
    if ((await this.#client.call('restore_copy', { copy })) !== undefined) await this.read();
  }

  async #act(copy: CopyId | 'trash', work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failure = null;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.failure = { copy, ...asCommandError(thrown) };
      return false;
    } finally {
      this.busy = false;
    }
  }
}
