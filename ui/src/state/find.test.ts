import { expect, test } from 'vitest';
import type { FoundRows } from '../bindings';
import { Find } from './find.svelte';

function finding(...answers: FoundRows[]) {
  const find = new Find(() => Promise.resolve(answers.shift()));
  find.query = 'x';
  return find;
}

const rows = (...counts: [number, number][]): FoundRows => ({
  rows: counts.map(([row, count]) => ({ row, count })),
  total: counts.reduce((sum, [, count]) => sum + count, 0),
  more: false,
});

test('a search begins at the view, and goes around the ends', async () => {
  const find = finding(rows([2, 1], [7, 2]));
  await find.search(5);
  expect(find.match).toEqual({ row: 7, nth: 0 });
  find.step(1);
  find.step(1);
  expect(find.match).toEqual({ row: 2, nth: 0 });
  find.step(-1);
  expect(find.match).toEqual({ row: 7, nth: 1 });
});

test('a conversation that goes on keeps the match that is shown', async () => {
  const find = finding(rows([7, 2]), rows([2, 3], [7, 2], [9, 1]));
  await find.search(0);
  find.step(1);
  const asked = find.requests;
  await find.search(0);
  expect([find.match, find.current, find.requests]).toEqual([{ row: 7, nth: 1 }, 4, asked]);
});

test('an answer to a text that was typed over is passed over', async () => {
  const find = finding(rows([1, 1]));
  const search = find.search(0);
  find.query = 'xy';
  await search;
  expect([find.match, find.settled]).toEqual([null, false]);
});
