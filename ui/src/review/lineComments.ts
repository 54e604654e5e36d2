import type { HunkComment, HunkView } from '../bindings';
import { review as text } from '../strings/review';
import { lineNames } from './lineNames';

/** Comment of the person on lines of a hunk, by their places in it. */
export interface LineComment {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The person's comments on lines of a diff. */
export interface LineComments {
  /** Stands in a comment that is begun, and says when it is sent. */
  readonly placeholder: string;
  /** Returns the comments on a hunk. */
  on(path: string, hunk: HunkView): readonly LineComment[];
  /** Names the lines of a comment. */
  linesOf(comment: LineComment, hunk: HunkView): string;
  /** Begins a comment on lines of a hunk. */
  add(path: string, hunk: HunkView, from: number, to: number): void;
  change(comment: LineComment, text: string): void;
  remove(comment: LineComment): void;
}

/** Comments on a patch that waits, by the hunks that its decision names. */
interface HunkComments {
  readonly comments: readonly HunkComment[];
  addComment(comment: HunkComment): void;
  changeComment(comment: HunkComment, text: string): HunkComment;
  removeComment(comment: HunkComment): void;
}

/** Returns the comments on a patch that waits, which are sent with the decision. */
export function patchComments(review: HunkComments): LineComments {
  return {
    placeholder: text.commentPlaceholder,
    on: (_, { id }) => review.comments.filter(({ hunk }) => hunk === id),
    linesOf: ({ from, to }, hunk) => lineNames(hunk, from, to),
    add: (_, { id }, from, to) => review.addComment({ hunk: id, from, to, text: '' }),
    change: (comment: HunkComment, text) => void review.changeComment(comment, text),
    remove: (comment: HunkComment) => review.removeComment(comment),
  };
}
