import { SvelteMap } from 'svelte/reactivity';
import type { CommitFile, FileView, HunkView, PartialCommitFile } from '../bindings';

/** Files that the person picks for a commit, whole or by hunk. */
export class CommitPicks {
  #files = $state.raw<CommitFile[]>([]);
  /** Changes of the files since the last commit, by path: those that are compared. */
  #changes = $state.raw<ReadonlyMap<string, FileView>>(new Map());
  /** Picked part of each file: all of it, or hunks by their positions. */
  readonly #picked = new SvelteMap<string, 'whole' | ReadonlySet<number>>();

  /** The files that differ from the last commit. */
  get files(): CommitFile[] {
    return this.#files;
  }

  /** Takes the files that differ by now; what is picked stays picked. */
  setFiles(files: CommitFile[]): void {
    this.#files = files;
    const paths = new Set(files.map((file) => file.path));
    for (const path of [...this.#picked.keys()]) if (!paths.has(path)) this.#picked.delete(path);
  }

  /** Takes the changes as they are by now; of a file that is picked in part, the hunks that are still the same stay picked. */
  setChanges(changes: FileView[]): void {
    const before = this.#changes;
    this.#changes = new Map(changes.map((file) => [file.path, file]));
    for (const [path, picked] of [...this.#picked]) {
      if (picked === 'whole') continue;
      const digests = new Set(before.get(path)?.hunks.filter((_, at) => picked.has(at)).map((hunk) => hunk.digest));
      const hunks = this.hunksOf(path);
      this.#set(path, new Set([...hunks.keys()].filter((at) => digests.has(hunks[at]?.digest ?? ''))));
    }
  }

  /** Returns the changes of a file; `undefined` while they aren't compared. */
  changesOf(path: string): FileView | undefined {
    return this.#changes.get(path);
  }

  /** Returns the hunks of a file that can be picked by themselves: none of one that is deleted, moved or no text. */
  hunksOf(path: string): HunkView[] {
    const changes = this.#changes.get(path);
    const status = this.#files.find((file) => file.path === path)?.status;
    const byHunk = status !== undefined && status !== 'deleted' && changes?.status === status;
    return byHunk ? changes.hunks : [];
  }

  /** Returns how much of a file is picked. */
  extent(path: string): 'all' | 'some' | 'none' {
    const picked = this.#picked.get(path);
    return picked === undefined ? 'none' : picked === 'whole' ? 'all' : 'some';
  }

  /** Returns how many hunks of a file are picked. */
  picksOf(path: string): number {
    const picked = this.#picked.get(path);
    return picked === 'whole' ? this.hunksOf(path).length : (picked?.size ?? 0);
  }

  hasHunk(path: string, at: number): boolean {
    const picked = this.#picked.get(path);
    return picked === 'whole' || (picked?.has(at) ?? false);
  }

  pick(path: string, on: boolean): void {
    if (on) this.#picked.set(path, 'whole');
    else this.#picked.delete(path);
  }

  pickAll(on: boolean): void {
    for (const { path } of this.#files) this.pick(path, on);
  }

  pickHunk(path: string, at: number, on: boolean): void {
    const picks = new Set([...this.hunksOf(path).keys()].filter((each) => this.hasHunk(path, each)));
    if (on) picks.add(at);
    else picks.delete(at);
    this.#set(path, picks);
  }

  /** Number of files of which something is picked. */
  get count(): number {
    return this.#picked.size;
  }

  /** Files that are picked as a whole, in order. */
  get paths(): string[] {
    return this.#files.map((file) => file.path).filter((path) => this.#picked.get(path) === 'whole');
  }

  /** Files that are picked by hunk, in order. */
  get partial(): PartialCommitFile[] {
    return this.#files.flatMap(({ path }) => {
      const picked = this.#picked.get(path);
      if (picked === undefined || picked === 'whole') return [];
      const hunks = this.hunksOf(path).flatMap(({ digest }, at) => (picked.has(at) ? [{ at, digest }] : []));
      return [{ path, hunks }];
    });
  }

  #set(path: string, picks: ReadonlySet<number>): void {
    if (picks.size === 0) this.#picked.delete(path);
    else this.#picked.set(path, picks.size === this.hunksOf(path).length ? 'whole' : picks);
  }
}
