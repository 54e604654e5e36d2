import { expect, test, vi } from 'vitest';
import type { DiffLine, HunkView } from '../bindings';
import { HunkLines } from './lines.svelte';

const line = (index: number): DiffLine => ({
  kind: 'added',
  old_no: null,
  new_no: index,
  text: `${index}`,
  marks: [],
});
const lines = (from: number, count: number) => Array.from({ length: count }, (_, at) => line(from + at));
const hunk = (count: number, here: number): HunkView => ({
  id: '0.0',
  header: '',
  added: count,
  removed: 0,
  line_count: count,
  first_change: 0,
  digest: '',
  lines: lines(0, here),
  new_text: null,
});

test('a hunk that is all there fetches nothing', () => {
  const fetch = vi.fn();
  new HunkLines(hunk(5, 5), fetch).load(0, 5);
  new HunkLines(hunk(5000, 400), fetch).load(0, 400);
  expect(fetch).not.toHaveBeenCalled();
});

test('what is looked at is fetched once, in whole pages', async () => {
  const fetch = vi.fn(async (from: number, count: number) => lines(from, count));
  const of = new HunkLines(hunk(1300, 400), fetch);
  of.load(390, 460);
  of.load(980, 1040);
  of.load(1200, 1300);
  expect(fetch.mock.calls).toEqual([
    [0, 500],
    [500, 500],
    [1000, 300],
  ]);
  await Promise.all(fetch.mock.results.map((result) => result.value as Promise<unknown>));
  await Promise.resolve();
  expect([399, 400, 999, 1000, 1299].map((index) => of.at(index)?.text)).toEqual([
    '399',
    '400',
    '999',
    '1000',
    '1299',
  ]);
});

test('what could not be fetched is fetched the next time', async () => {
  const fetch = vi.fn(async (): Promise<DiffLine[] | undefined> => undefined);
  const of = new HunkLines(hunk(600, 400), fetch);
  of.load(400, 450);
  await fetch.mock.results[0]?.value;
  await Promise.resolve();
  of.load(400, 450);
  expect(fetch).toHaveBeenCalledTimes(2);
  expect(of.at(401)).toBeUndefined();
});
