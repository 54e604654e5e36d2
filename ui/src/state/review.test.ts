import { describe, expect, test } from 'vitest';
import type { FileView, PatchApproval } from '../bindings';
import { hunkIds, PatchReview } from './review.svelte';

const file = (path: string, ids: string[]): FileView => ({
  path,
  other_path: null,
  status: 'modified',
  sources: [],
  added: 0,
  removed: 0,
  notes: [],
  protected: null,
  hunks: ids.map((id) => ({ id, header: '', added: 0, removed: 0, line_count: 0, lines: [], new_text: 'x' })),
});

const PATCH: PatchApproval & { type: 'patch' } = {
  type: 'patch',
  files: [file('a', ['0.0', '0.1']), file('b', ['1.0'])],
  added: 0,
  removed: 0,
};

describe('the answer to a patch', () => {
  test('names no hunks when all are taken as proposed', () => {
    expect(new PatchReview().answer(PATCH, 'approved')).toEqual({ decision: 'approved' });
  });

  test('names exactly the hunks that are taken', () => {
    const review = new PatchReview();
    review.set(['0.1'], false);
    expect(review.answer(PATCH, 'approved')).toEqual({
      decision: 'approved',
      hunks: { accepted: ['0.0', '1.0'], edited: [] },
    });
  });

  test('carries the text of hunks that were changed, and of no declined one', () => {
    const review = new PatchReview();
    review.edits.set('0.0', 'mine');
    review.edits.set('1.0', 'not this');
    review.set(['1.0'], false);
    expect(review.answer(PATCH, 'approved_for_session').hunks).toEqual({
      accepted: ['0.0', '0.1'],
      edited: [{ id: '0.0', new_text: 'mine' }],
    });
  });

  test('an empty text is an edit too: it puts in nothing', () => {
    const review = new PatchReview();
    review.edits.set('0.0', '');
    expect(review.answer(PATCH, 'approved').hunks?.edited).toEqual([{ id: '0.0', new_text: '' }]);
  });

  test('an answer to a command names no hunks', () => {
    const review = new PatchReview();
    review.set(['0.0'], false);
    const command = { type: 'command' as const, argv: [], display: '', cwd: '', sandbox: '', offer: null, rule: null };
    expect(review.answer(command, 'approved_with_rule')).toEqual({ decision: 'approved_with_rule' });
  });

  test('a denial names no hunks, and carries the note', () => {
    const review = new PatchReview();
    review.set(hunkIds(PATCH), false);
    review.note = '  not like this ';
    expect(review.answer(PATCH, 'denied')).toEqual({ decision: 'denied', note: 'not like this' });
  });
});
