import { expect, test } from 'vitest';
import type { Block } from '../bindings';
import { PIECE, pieces } from './pieces';

const blocks = (count: number): Block[] =>
  Array.from({ length: count }, (_, id) => ({ id, block: 'paragraph', spans: [{ text: `${id}` }] }));

test('all blocks are in pieces, in order', () => {
  for (const count of [0, 1, PIECE, PIECE + 1, 5 * PIECE - 1]) {
    const all = blocks(count);
    const made = pieces(all, []);
    expect(made.flat()).toEqual(all);
    expect(made.length).toBe(Math.max(1, Math.ceil(count / PIECE)));
  }
});

test('what did not change is the same array', () => {
  const all = blocks(3 * PIECE);
  const before = pieces(all, []);
  const end: Block = { id: 99, block: 'rule' };
  const longer = pieces([...all, end], before);
  expect(longer.slice(0, 3)).toEqual(before);
  expect(longer.slice(0, 3).every((piece, at) => piece === before[at])).toBe(true);
  expect(longer[3]).toEqual([end]);
  const changed = pieces([...all.slice(0, PIECE + 1), end, ...all.slice(PIECE + 2)], before);
  expect(changed.map((piece, at) => piece === before[at])).toEqual([true, false, true]);
});
