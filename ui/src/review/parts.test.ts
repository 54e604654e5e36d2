import { describe, expect, test } from 'vitest';
import * as diffs from '../../e2e/fixture/diffs';
import type { HunkView } from '../bindings';
import { PatchReview } from '../state/review.svelte';
import { mayBeSplit, splitHunk, textWithout } from './parts';
import { HunkSplits } from './splits.svelte';

/** A hunk that writes a function anew: three of its lines change, in two places. */
const proposed = diffs.hunk('0.0', 10, ' above\n-one\n-same\n-\n-two\n-three\n+ONE\n+same\n+\n+TWO\n below');
const compared = diffs.hunk('0.0', 10, ' above\n-one\n+ONE\n same\n \n-two\n-three\n+TWO\n below');

function split(hunk: HunkView = proposed, as: HunkView = compared) {
  const found = splitHunk(hunk, as);
  if (!found) throw new Error('a split hunk');
  return found;
}

describe('a hunk that is split', () => {
  test('has a part for each change between unchanged lines', () => {
    expect(split().parts).toEqual([
      { from: 1, to: 3, added: 1, removed: 1, of: { from: 6, to: 6 } },
      { from: 5, to: 8, added: 1, removed: 2, of: { from: 9, to: 9 } },
    ]);
    // each line is one of the hunk as it was proposed
    expect(split().places.map((place) => proposed.lines[place]?.text)).toEqual(compared.lines.map(({ text }) => text));
  });

  test('keeps the old lines of a part that is left out in their place', () => {
    expect(textWithout(proposed, split(), [])).toBe('ONE\nsame\n\nTWO');
    expect(textWithout(proposed, split(), [0])).toBe('one\nsame\n\nTWO');
    expect(textWithout(proposed, split(), [1])).toBe('ONE\nsame\n\ntwo\nthree');
    expect(textWithout(proposed, split(), [0, 1])).toBe('one\nsame\n\ntwo\nthree');
  });

  test('has the text as it was proposed, not as it is shown', () => {
    const tricky = { ...proposed, new_text: 'ONE\u00a0\nsame\n\nTWO' };
    expect(textWithout(tricky, split(), [1])).toBe('ONE\u00a0\nsame\n\ntwo\nthree');
  });

  test('is none where every line changes, where an old line is not shown as it is, where lines are missing or their endings change', () => {
    expect(splitHunk(proposed, diffs.hunk('0.0', 10, ' above\n-a\n-b\n+A\n below'))).toBeNull();
    const odd = diffs.hunk('0.0', 10, ' above\n-one\\u{a0}\n+ONE\n same\n \n-two\n-three\n+TWO\n below');
    expect(splitHunk(proposed, odd)).toBeNull();
    expect(splitHunk(proposed, { ...compared, line_count: 900 })).toBeNull();
    expect(splitHunk({ ...proposed, ends: { old: ['lf'], new: ['crlf'] } }, compared)).toBeNull();
  });

  test('cannot be left with one empty line, which would be no line', () => {
    const hunk = diffs.hunk('0.0', 1, ' a\n-x\n-\n+\n+b\n c');
    const as = diffs.hunk('0.0', 1, ' a\n-x\n \n+b\n c');
    expect(textWithout(hunk, split(hunk, as), [1])).toBeNull();
    expect(textWithout(hunk, split(hunk, as), [0])).toBe('x\n\nb');
  });

  test('is offered where a line is taken out and put in again', () => {
    expect(mayBeSplit(proposed)).toBe(true);
    expect(mayBeSplit(diffs.hunk('0.0', 1, ' a\n-\n-b\n+\n+c'))).toBe(false);
    expect(mayBeSplit(diffs.hunk('0.0', 1, '+a\n+b'))).toBe(false);
  });
});

describe('parts of a hunk', () => {
  async function splits(shown: HunkView | undefined = compared) {
    const review = new PatchReview();
    const all = new HunkSplits(() => Promise.resolve(shown), review);
    return { review, all, done: await all.toggle(proposed) };
  }

  test('are chosen one by one, and what is left is written', async () => {
    const { review, all, done } = await splits();
    expect(done).toBe('split');
    expect(review.edits.size).toBe(0);
    expect(all.choose(proposed, [0], false)).toBe(true);
    expect([all.accepts('0.0', 0), all.accepts('0.0', 1)]).toEqual([false, true]);
    expect([review.isInPart('0.0'), review.edits.get('0.0')]).toEqual([true, 'one\nsame\n\nTWO']);
    // nothing is left of it: it is declined as a whole
    all.choose(proposed, [1], false);
    expect([review.accepts('0.0'), review.edits.size]).toEqual([false, 0]);
    all.choose(proposed, [1], true);
    expect([review.accepts('0.0'), review.edits.get('0.0')]).toEqual([true, 'one\nsame\n\nTWO']);
    all.choose(proposed, [0], true);
    expect([review.accepts('0.0'), review.edits.size, review.isInPart('0.0')]).toEqual([true, 0, false]);
  });

  test('are joined again when none is left out, and kept otherwise', async () => {
    const { review, all } = await splits();
    all.choose(proposed, [1], false);
    expect(await all.toggle(proposed)).toBe('kept');
    expect(review.edits.get('0.0')).toBe('ONE\nsame\n\ntwo\nthree');
    all.choose(proposed, [1], true);
    expect(await all.toggle(proposed)).toBe('joined');
    expect([review.splits.size, all.get('0.0')]).toEqual([0, undefined]);
  });

  test('are none of a hunk in which every line changes, or that the host does not compare', async () => {
    const { review, done } = await splits(diffs.hunk('0.0', 10, ' above\n-a\n+b\n below'));
    expect([done, review.splits.size]).toEqual(['whole', 0]);
    const failed = new HunkSplits(() => Promise.resolve(undefined), review);
    expect(await failed.toggle(proposed)).toBe('whole');
  });

  test('come back after a restart, and go once the hunk is edited', async () => {
    const { review, all } = await splits();
    all.choose(proposed, [0], false);
    const again = new PatchReview();
    again.restore(review.content ?? '');
    expect(again.splits.get('0.0')).toEqual([0]);
    const shown = new HunkSplits(() => Promise.resolve(compared), again);
    expect(shown.get('0.0')).toBeUndefined();
    shown.load(proposed);
    await expect.poll(() => shown.get('0.0')?.parts.length).toBe(2);
    again.edit('0.0', 'mine');
    expect([again.splits.size, shown.get('0.0')]).toEqual([0, undefined]);
  });
});
