import { SvelteSet } from 'svelte/reactivity';
import type { FileView, HunkId, HunkView } from '../bindings';
import type { Unfinished } from './keeper.svelte';

/** Most hunks that are remembered; those marked first are forgotten first. */
const MOST = 20_000;
/** Characters of a digest that are kept: 96 bits. */
const KEPT_CHARACTERS = 24;

/** Hunks a person has marked as viewed in a session. A hunk is known by its file, the lines it takes out and those it puts in: one
 *  that comes again with a new proposal is still viewed, one that changed is not. */
export class Viewed implements Unfinished {
  readonly #keys = new SvelteSet<string>();

  get content(): string | null {
    if (this.#keys.size === 0) return null;
    return JSON.stringify([...this.#keys].slice(-MOST));
  }

  restore(content: string): void {
    for (const key of JSON.parse(content) as string[]) this.#keys.add(key);
  }

  has(path: string, hunk: HunkView): boolean {
    return this.#keys.has(keyOf(path, hunk));
  }

  set(path: string, hunks: readonly HunkView[], viewed: boolean): void {
    for (const hunk of hunks) {
      if (viewed) this.#keys.add(keyOf(path, hunk));
      else this.#keys.delete(keyOf(path, hunk));
    }
  }

  /** Returns the ids of the hunks of these files that are viewed. */
  idsOf(files: readonly FileView[]): HunkId[] {
    return files.flatMap(({ path, hunks }) => hunks.filter((hunk) => this.has(path, hunk)).map(({ id }) => id));
  }

  /** Returns how many hunks of a file aren't viewed. */
  left(file: FileView): number {
    return file.hunks.filter((hunk) => !this.has(file.path, hunk)).length;
  }
}

function keyOf(path: string, hunk: HunkView): string {
  return `${hunk.digest.slice(0, KEPT_CHARACTERS)} ${path}`;
}
