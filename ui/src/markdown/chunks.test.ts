import { expect, test } from 'vitest';
import type { Block } from '../bindings';
import { CHUNK, chunks } from './chunks';

const blocks = (count: number): Block[] =>
  Array.from({ length: count }, (_, id) => ({ id, block: 'paragraph', spans: [{ text: `${id}` }] }));

test('all blocks are in chunks, in order', () => {
  for (const count of [0, 1, CHUNK, CHUNK + 1, 5 * CHUNK - 1]) {
    const all = blocks(count);
    const made = chunks(all, []);
    expect(made.flat()).toEqual(all);
    expect(made.length).toBe(Math.max(1, Math.ceil(count / CHUNK)));
  }
});

test('what did not change is the same array', () => {
  const all = blocks(3 * CHUNK);
  const before = chunks(all, []);
  const end: Block = { id: 99, block: 'rule' };
  const longer = chunks([...all, end], before);
  expect(longer.slice(0, 3)).toEqual(before);
  expect(longer.slice(0, 3).every((chunk, at) => chunk === before[at])).toBe(true);
  expect(longer[3]).toEqual([end]);
  const changed = chunks([...all.slice(0, CHUNK + 1), end, ...all.slice(CHUNK + 2)], before);
  expect(changed.map((chunk, at) => chunk === before[at])).toEqual([true, false, true]);
});
