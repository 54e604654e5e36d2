import { describe, expect, test } from 'vitest';
import type { FileView, PatchApproval } from '../bindings';
import { conflictIds, hunkIds, PatchReview } from './review.svelte';

const file = (path: string, ids: string[]): FileView => ({
  path,
  other_path: null,
  status: 'modified',
  sources: [],
  added: 0,
  removed: 0,
  notes: [],
  marks: [],
  protected: null,
  hunks: ids.map((id) => ({ id, header: '', added: 0, removed: 0, line_count: 0, first_change: 0, digest: id, lines: [], new_text: 'x' })),
});

const PATCH: PatchApproval & { type: 'patch' } = {
  type: 'patch',
  files: [file('a', ['0.0', '0.1']), file('b', ['1.0'])],
  added: 0,
  removed: 0,
};

describe('the comments of a reviewer', () => {
  const said = { hunk: '0.1', from: 1, to: 2, text: 'This is off by one.' };

  test('become the person’s once, also when they are changed, until these are deleted', () => {
    const review = new PatchReview();
    review.use(said);
    review.use(said);
    expect(review.comments).toEqual([said]);
    expect(review.isUsed(said)).toBe(true);
    const changed = review.changeComment(review.comments[0]!, 'Off by one.');
    expect(review.isUsed(said)).toBe(true);
    expect(review.isUsed({ ...said, text: 'Another.' })).toBe(false);
    expect(review.answer(PATCH, 'denied').comments).toEqual([{ ...said, text: 'Off by one.' }]);
    review.removeComment(changed);
    expect(review.isUsed(said)).toBe(false);
    review.use(said);
    expect(review.comments).toEqual([said]);
  });

  test('can be used again when the person deleted theirs, whatever else they wrote on the same lines', () => {
    const review = new PatchReview();
    const other = { ...said, text: 'And this overflows.' };
    const { hunk, from, to } = said;
    review.use(said);
    review.use(other);
    review.addComment({ hunk, from, to, text: 'My own.' });
    review.removeComment(review.comments[0]!);
    expect([review.isUsed(said), review.isUsed(other)]).toEqual([false, true]);
    review.removeComment(review.changeComment(review.comments[0]!, 'It overflows.'));
    expect([review.isUsed(said), review.isUsed(other)]).toEqual([false, false]);
    review.use(said);
    expect(review.comments.map(({ text }) => text)).toEqual(['My own.', said.text]);
  });

  test('stay used over a restart only while the comment that was made of them is there', () => {
    const review = new PatchReview();
    const other = { ...said, text: 'And this overflows.' };
    review.addComment({ ...said, text: '' });
    review.use(said);
    review.use(other);
    review.changeComment(review.comments[1]!, 'Off by one.');
    review.changeComment(review.comments[2]!, ' ');
    const again = new PatchReview();
    again.addComment({ ...said, text: 'Written before the rest was fetched.' });
    again.restore(review.content!);
    expect([again.isUsed(said), again.isUsed(other)]).toEqual([true, false]);
    again.removeComment(again.comments[0]!);
    expect(again.isUsed(said)).toBe(false);
  });

  test('that are dismissed or used are kept, and part of no answer', () => {
    const review = new PatchReview();
    expect(review.content).toBe(null);
    review.dismiss(said);
    expect(review.answer(PATCH, 'approved')).toEqual({ decision: 'approved' });
    const again = new PatchReview();
    again.restore(review.content!);
    expect(again.isDismissed(said)).toBe(true);
    expect(again.isDismissed({ ...said, from: 0 })).toBe(false);
    again.restoreDismissed();
    expect(again.content).toBe(null);
    again.use(said);
    const third = new PatchReview();
    third.restore(again.content!);
    expect(third.isUsed(said)).toBe(true);
  });

  test('are all open in a review that an earlier version kept', () => {
    const review = new PatchReview();
    review.restore('{"declined":["0.0"],"edits":[],"note":"no"}');
    expect(review.isDismissed(said)).toBe(false);
    expect(JSON.parse(review.content!)).not.toHaveProperty('dismissed');
  });
});

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
    const command = { type: 'command' as const, argv: [], display: '', cwd: '', sandbox: '', offer: null, rule: null, preview: null };
    expect(review.answer(command, 'approved_with_rule')).toEqual({ decision: 'approved_with_rule' });
  });

  test('a denial names no hunks, and carries the note', () => {
    const review = new PatchReview();
    review.set(hunkIds(PATCH), false);
    review.note = '  not like this ';
    expect(review.answer(PATCH, 'denied')).toEqual({ decision: 'denied', note: 'not like this' });
  });
});

describe('comments and lines that are left out', () => {
  const comment = { hunk: '0.0', from: 1, to: 2, text: 'Why?' };

  test('comments go with every decision, and empty ones with none', () => {
    const review = new PatchReview();
    review.addComment(comment);
    review.addComment({ ...comment, text: '  ' });
    for (const decision of ['approved', 'denied', 'abort'] as const)
      expect(review.answer(PATCH, decision)).toEqual({ decision, comments: [comment] });
    expect(review.answer({ ...PATCH, files: [] }, 'denied').comments).toEqual([comment]);
  });

  test('lines that are left out are named for accepted hunks alone, and an edit takes their place', () => {
    const review = new PatchReview();
    review.toggleLines('0.0', [3, 1]);
    review.toggleLines('0.1', [2]);
    review.set(['0.1'], false);
    expect(review.answer(PATCH, 'approved').hunks).toEqual({
      accepted: ['0.0', '1.0'],
      edited: [],
      partial: [{ id: '0.0', left_out: [1, 3] }],
    });
    review.toggleLines('0.0', [1]);
    expect(review.leftOut.get('0.0')).toEqual([3]);
    review.edit('0.0', 'mine');
    expect(review.answer(PATCH, 'approved').hunks).toEqual({
      accepted: ['0.0', '1.0'],
      edited: [{ id: '0.0', new_text: 'mine' }],
    });
  });

  test('are kept over a restart, and what an earlier version kept is still read', () => {
    const review = new PatchReview();
    review.addComment(comment);
    review.toggleLines('0.0', [1]);
    const again = new PatchReview();
    again.restore(review.content ?? '');
    expect([again.comments, again.leftOut.get('0.0')]).toEqual([[comment], [1]]);
    const old = new PatchReview();
    old.restore(JSON.stringify({ declined: ['1.0'], edits: [], note: 'n' }));
    expect([old.accepts('1.0'), old.comments, old.note]).toEqual([false, [], 'n']);
  });
});

describe('hunks that the project changed as well', () => {
  const conflicting: PatchApproval & { type: 'patch' } = {
    ...PATCH,
    files: PATCH.files.map((each) => ({
      ...each,
      hunks: each.hunks.map((hunk) => (hunk.id === '0.1' || hunk.id === '1.0' ? { ...hunk, conflict: ['before'] } : hunk)),
    })),
  };
  const begun = () => new PatchReview(conflictIds(conflicting));
  const undecided = (review: PatchReview) => hunkIds(conflicting).filter((id) => review.isUndecided(id));

  test('are not accepted until the person chooses: by accepting, declining or editing', () => {
    const review = begun();
    expect(undecided(review)).toEqual(['0.1', '1.0']);
    expect(review.selection(conflicting).accepted).toEqual(['0.0']);
    review.set(['1.0'], false);
    expect([undecided(review), review.accepts('1.0')]).toEqual([['0.1'], false]);
    review.edit('0.1', 'of both');
    expect([undecided(review), review.accepts('0.1')]).toEqual([[], true]);
    // an edit that is taken back was no choice
    review.edit('0.1', null);
    expect(undecided(review)).toEqual(['0.1']);
    review.edit('1.0', 'of both');
    expect(review.accepts('1.0')).toBe(true);
    // so do lines that are left out
    review.toggleLines('0.1', [1]);
    expect([undecided(review), review.accepts('0.1')]).toEqual([[], true]);
    review.toggleLines('0.1', [1]);
    expect(undecided(review)).toEqual(['0.1']);
  });

  test('are named in every approval, also where all of them are accepted as proposed', () => {
    const review = begun();
    review.set(hunkIds(conflicting), true);
    expect(review.answer(conflicting, 'approved')).toEqual({
      decision: 'approved',
      hunks: { accepted: ['0.0', '0.1', '1.0'], edited: [] },
    });
    expect(review.answer(conflicting, 'denied')).toEqual({ decision: 'denied' });
  });

  test('keep their choice over a restart, beside one that is made meanwhile', () => {
    const review = begun();
    expect(review.content).toBe(null);
    review.set(['0.1'], true);
    review.set(['1.0'], false);
    const again = begun();
    again.restore(review.content ?? '');
    expect([undecided(again), again.accepts('0.1'), again.accepts('1.0')]).toEqual([[], true, false]);
    const later = begun();
    later.set(['0.1'], false);
    later.set(['1.0'], true);
    later.restore(review.content ?? '');
    expect([later.accepts('0.1'), later.accepts('1.0')]).toEqual([false, true]);
  });
});
