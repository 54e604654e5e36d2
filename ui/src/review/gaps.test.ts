import { expect, test } from 'vitest';
import type { FileView, HunkView } from '../bindings';
import { contextLines, gaps, ranges } from './gaps';
import { changedLines, lineNames } from './lineNames';

const hunk = (header: string, firstChange = 3, removed = 1, added = 2): HunkView => ({
  id: header,
  header,
  added,
  removed,
  line_count: firstChange + removed + added + 3,
  first_change: firstChange,
  digest: '',
  lines: [],
  new_text: null,
});

test('the header of a hunk names the lines it covers, an empty side after the line before it', () => {
  expect(ranges(hunk('@@ -12,3 +14,4 @@'))).toEqual({
    before: { start: 11, count: 3 },
    after: { start: 13, count: 4 },
  });
  expect(ranges(hunk('@@ -5 +5,0 @@'))).toEqual({ before: { start: 4, count: 1 }, after: { start: 5, count: 0 } });
  expect(ranges(hunk('nothing'))).toBe(null);
});

test('what lies between hunks is known with the numbers of both sides', () => {
  const file = { hunks: [hunk('@@ -4,3 +4,5 @@'), hunk('@@ -20,3 +22,1 @@')] } as FileView;
  expect(gaps(file)).toEqual([
    { from: 0, to: 3, shift: 0 },
    { from: 6, to: 19, shift: 2 },
    { from: 22, to: null, shift: 0 },
  ]);
  expect(contextLines(['x'], 6, 2)).toMatchObject([{ kind: 'context', old_no: 7, new_no: 9, text: 'x' }]);
});

test('lines are named by the numbers that the agent is told', () => {
  const changed = hunk('@@ -10,7 +12,8 @@');
  expect(changedLines(changed)).toEqual({ from: 3, to: 5 });
  expect(lineNames(changed, 3, 3)).toBe('removed line 13');
  expect(lineNames(changed, 4, 5)).toBe('lines 15–16');
  expect(lineNames(changed, 3, 5)).toBe('lines 15–16');
  expect(lineNames(changed, 0, 0)).toBe('line 12');
  expect(lineNames(changed, 2, 3)).toBe('line 14');
  expect(lineNames(changed, 6, 6)).toBe('line 17');
});
