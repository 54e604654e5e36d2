import { mentionAt, withFolders, type Mention } from './mention';

/** Finds files whose paths match letters, best first. */
type FindFiles = (query: string) => Promise<readonly string[] | undefined>;

/** List of the files and folders that an `@` in the prompt may mean. */
export class MentionCompletion {
  #mention = $state.raw<Mention | null>(null);
  /** Paths of folders, which end in a slash, and of files. */
  paths = $state.raw<readonly string[]>([]);
  picked = $state(0);
  readonly #find: FindFiles;

  constructor(find: FindFiles) {
    this.#find = find;
  }

  get listed(): boolean {
    return this.#mention !== null && this.paths.length > 0;
  }

  /** Takes over the text and the place of the cursor; `null` while text is selected. */
  async update(text: string, cursor: number | null): Promise<void> {
    const next = cursor === null ? null : mentionAt(text, cursor);
    if (next?.query === this.#mention?.query && next?.from === this.#mention?.from) return;
    this.#mention = next;
    if (!next) {
      this.paths = [];
      return;
    }
    const { query } = next;
    // the host finds files; one that is in a folder has a slash after the name of that
    const [files = [], inside = []] = await Promise.all([this.#find(query), query.endsWith('/') ? [] : this.#find(`${query}/`)]);
    if (this.#mention !== next) return;
    this.paths = withFolders(files, inside, query);
    this.picked = 0;
  }

  move(by: 1 | -1): void {
    const { length } = this.paths;
    if (length > 0) this.picked = (this.picked + by + length) % length;
  }

  /** Returns the mention that is typed, which is over then. */
  take(): Mention | null {
    const mention = this.#mention;
    this.leave();
    return mention;
  }

  /** Closes the list; the next letter opens it again. */
  close(): void {
    this.paths = [];
  }

  /** Closes the list for good: the prompt was sent, or the mention is done. */
  leave(): void {
    this.#mention = null;
    this.paths = [];
  }
}
