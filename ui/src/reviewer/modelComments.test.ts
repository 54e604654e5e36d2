import { describe, expect, test } from 'vitest';
import { card, COMMENTS, completed, failed } from '../../e2e/fixture/reviewer';
import * as diffs from '../../e2e/fixture/diffs';
import type { ModelReviewCard, PatchApproval } from '../bindings';
import { PatchReview } from '../state/review.svelte';
import type { Session } from '../state/session.svelte';
import { commentsOf, ModelComments } from './modelComments.svelte';

function on(review: ModelReviewCard | undefined): { comments: ModelComments; own: PatchReview } {
  const approval = diffs.patchApproval();
  const own = new PatchReview();
  const session = { modelReview: () => review } as Partial<Session> as Session;
  return { comments: new ModelComments(session, approval, approval.body as PatchApproval, own), own };
}

describe('the comments of a reviewer', () => {
  test('are those on hunks of the patch, in its order', () => {
    const { comments } = on(card(completed([...COMMENTS].reverse())));
    expect(comments.open.map(({ path, comment, index }) => [path, comment.hunk, index])).toEqual([
      ['src/range.rs', '0.1', 0],
      ['tests/ranges.rs', '1.0', 0],
      ['tests/ranges.rs', '1.0', 1],
    ]);
    expect(comments.on('9.9')).toEqual([]);
    expect(comments.countIn('tests/ranges.rs')).toBe(2);
    expect(comments.countIn('AGENTS.md')).toBe(0);
  });

  test('that are dismissed are counted, and come back together', () => {
    const { comments, own } = on(card(completed()));
    comments.dismiss(COMMENTS[1]!);
    comments.dismiss(COMMENTS[0]!);
    expect(comments.open.map(({ comment }) => comment)).toEqual([COMMENTS[2]]);
    expect(comments.dismissed).toBe(2);
    expect(own.comments).toEqual([]);
    comments.restoreDismissed();
    expect(comments.dismissed).toBe(0);
    expect(comments.open).toHaveLength(3);
  });

  test('are none while it reads, and those before an error when it failed', () => {
    expect(on(undefined).comments.open).toEqual([]);
    expect(on(card({ type: 'running', since_ms: 0 })).comments.open).toEqual([]);
    const review = card(failed('no', null, COMMENTS.slice(0, 1)));
    expect(on(review).comments.open).toHaveLength(1);
    expect(commentsOf(review)).toEqual(COMMENTS.slice(0, 1));
  });

  test('are those of the review before, while the next one has none', () => {
    const next = { ...card({ type: 'running', since_ms: 0 }, 'another'), earlier: card(completed()) };
    const { comments } = on(next);
    expect(comments.open).toHaveLength(3);
    expect(comments.author).toBe('gpt-5.2');
  });
});
