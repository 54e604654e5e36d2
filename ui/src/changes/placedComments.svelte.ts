import type { DiffLine, FileView, HunkView } from '../bindings';
import { ranges } from '../review/gaps';
import type { LineComments } from '../review/lineComments';
import { quoteLines, type ChangeComment } from '../state/changeComments.svelte';
import type { Session } from '../state/session.svelte';
import { changeComments as words } from '../strings/changeComments';
import { review } from '../strings/review';

/** Most lines that the host returns at once. */
const PAGE = 2_000;

/** Hunk that a comment is on, in the changes that are shown. */
export interface CommentPlace {
  path: string;
  hunk: HunkView;
}

const NONE: readonly ChangeComment[] = [];

/** The comments on the changes of a session, at the hunks of those that are shown. */
export class PlacedComments implements LineComments {
  readonly placeholder = words.placeholder;
  readonly #session: Session;
  readonly #places = $derived.by(() => places(this.#session.comments.all, this.#session.shownChanges.files));
  readonly #byHunk = $derived.by(() => {
    const byHunk = new Map<HunkView, ChangeComment[]>();
    for (const [comment, { hunk }] of this.#places) {
      const others = byHunk.get(hunk);
      if (others) others.push(comment);
      else byHunk.set(hunk, [comment]);
    }
    return byHunk;
  });

  constructor(session: Session) {
    this.#session = session;
  }

  /** Returns where a comment stands; `undefined` where its lines aren't in the changes that are shown. */
  placeOf(comment: ChangeComment): CommentPlace | undefined {
    return this.#places.get(comment);
  }

  on(_: string, hunk: HunkView): readonly ChangeComment[] {
    return this.#byHunk.get(hunk) ?? NONE;
  }

  linesOf({ side, line, toLine }: ChangeComment): string {
    if (side === 'before') return line === toLine ? review.removedLine(line) : review.removedLines(line, toLine);
    return line === toLine ? review.line(line) : review.lines(line, toLine);
  }

  add(path: string, hunk: HunkView, from: number, to: number): void {
    const begin = (lines: readonly DiffLine[]) => {
      const quote = quoteLines(lines);
      if (quote) this.#session.comments.add({ path, digest: hunk.digest, from, to, ...quote, text: '' });
    };
    if (to < hunk.lines.length) begin(hunk.lines.slice(from, to + 1));
    else void this.#fetch(path, hunk, from, to).then((lines) => lines && begin(lines));
  }

  change(comment: ChangeComment, text: string): void {
    this.#session.comments.change(comment, text);
  }

  remove(comment: ChangeComment): void {
    this.#session.comments.remove([comment]);
  }

  /** Fetches lines of a long hunk; `undefined` after a failure, which was told. */
  async #fetch(path: string, hunk: HunkView, from: number, to: number): Promise<DiffLine[] | undefined> {
    const of = this.#session.shownSource;
    const lines: DiffLine[] = [];
    while (from + lines.length <= to) {
      const at = from + lines.length;
      const more = await this.#session.hunkLines({ of, path, hunk: hunk.id, from: at, count: Math.min(PAGE, to + 1 - at) });
      if (!more) return undefined;
      if (more.length === 0) break;
      lines.push(...more);
    }
    return lines;
  }
}

/** Finds the hunks that comments are on: of those with the same change in a file, the one that is nearest. */
function places(comments: readonly ChangeComment[], files: readonly FileView[]): Map<ChangeComment, CommentPlace> {
  const found = new Map<ChangeComment, CommentPlace>();
  for (const comment of comments) {
    const { path, digest } = comment;
    const same = files.find((file) => file.path === path)?.hunks.filter((hunk) => hunk.digest === digest) ?? [];
    const distance = (hunk: HunkView) => Math.abs((ranges(hunk)?.[comment.side].start ?? 0) + comment.from - comment.line);
    const [hunk] = same.sort((one, other) => distance(one) - distance(other));
    if (hunk) found.set(comment, { path, hunk });
  }
  return found;
}
