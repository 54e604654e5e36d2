import type { DiffLine } from '../bindings';
import type { Unfinished } from './keeper.svelte';

/** Most lines that a comment quotes, and the longest quoted line in characters: as the agent quotes those of a patch
 *  (`crates/protocol/src/comment.rs`). */
const MAX_QUOTED = 40;
const MAX_QUOTED_CHARACTERS = 400;

/** Lines that a comment is on, as they are told to the agent. */
export interface Quote {
  /** Side that the line numbers are of: the old one only where every line is taken out. */
  side: 'before' | 'after';
  line: number;
  toLine: number;
  /** The first lines, each with its mark as its first character: ' ', '-' or '+'. */
  quoted: string[];
  /** Number of lines that are not quoted. */
  more: number;
}

/** Comment of the person on lines of what changed. It holds the lines: what changed goes on changing. */
export interface ChangeComment extends Quote {
  path: string;
  /** Digest of the hunk. */
  digest: string;
  /** Places of the first and the last line in the hunk. */
  from: number;
  to: number;
  text: string;
}

const MARKS = { context: ' ', removed: '-', added: '+' };

/** Quotes lines of a diff; `null` where there are none. */
export function quoteLines(lines: readonly DiffLine[]): Quote | null {
  const numbers = (side: 'old_no' | 'new_no') => lines.map((line) => line[side]).filter((number) => number !== null);
  const after = numbers('new_no');
  const [side, all] = after.length > 0 ? (['after', after] as const) : (['before', numbers('old_no')] as const);
  const [line, toLine] = [all[0], all.at(-1)];
  if (line === undefined || toLine === undefined) return null;
  const quoted = lines
    .slice(0, MAX_QUOTED)
    .map(({ kind, text }) => MARKS[kind] + [...text].slice(0, MAX_QUOTED_CHARACTERS).join(''));
  return { side, line, toLine, quoted, more: lines.length - quoted.length };
}

/** The person's comments on the changes of a session, collected for the next prompt. */
export class ChangeComments implements Unfinished {
  /** In the order they were begun; an empty one isn't sent. */
  all = $state.raw<readonly ChangeComment[]>([]);

  /** Those that something is written in. */
  get written(): readonly ChangeComment[] {
    return this.all.filter(({ text }) => text.trim() !== '');
  }

  add(comment: ChangeComment): void {
    this.all = [...this.all, comment];
  }

  change(comment: ChangeComment, text: string): void {
    this.all = this.all.map((each) => (each === comment ? { ...comment, text } : each));
  }

  /** Removes comments; one that was changed meanwhile is another. */
  remove(comments: readonly ChangeComment[]): void {
    this.all = this.all.filter((each) => !comments.includes(each));
  }

  get content(): string | null {
    const { written } = this;
    return written.length === 0 ? null : JSON.stringify(written);
  }

  restore(content: string): void {
    // what was written while it was fetched is later
    this.all = [...(JSON.parse(content) as ChangeComment[]), ...this.all];
  }

  replace(content: string | null): boolean {
    const theirs = content === null ? [] : (JSON.parse(content) as ChangeComment[]);
    const { written } = this;
    // those that nothing is written in were begun here
    this.all = [...theirs, ...this.all.filter((each) => !written.includes(each))];
    return true;
  }
}
