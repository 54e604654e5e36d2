import { expect, test } from 'vitest';
import type { FileLink } from '../bindings';
import { FileLinks, linkedPieces } from './fileLinks.svelte';

const link = (start: number, end: number): FileLink => ({ start, end, path: 'a.rs', line: 1, column: null });

test('texts that come on the screen at once go in one request', async () => {
  const asked: [string, string[]][] = [];
  const links = new FileLinks((folder, texts) => {
    asked.push([folder, texts]);
    return Promise.resolve(texts.map(() => [link(0, 6)]));
  });
  for (const text of ['a.rs:1', 'plain words', 'b.rs:2', 'a.rs:1']) expect(links.in(text)).toEqual([]);
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect(asked).toEqual([['', ['a.rs:1', 'b.rs:2']]]);
  expect(links.in('a.rs:1')).toEqual([link(0, 6)]);
});

test('a link that goes over several styles is one in each', () => {
  const pieces = (part: string, offset: number) =>
    linkedPieces(part, offset, [link(2, 8)]).map((piece) => [piece.text, piece.link !== null]);
  expect(pieces('x a.r', 0)).toEqual([['x ', false], ['a.r', true]]);
  expect(pieces('s:1 y', 5)).toEqual([['s:1', true], [' y', false]]);
  expect(pieces('z', 10)).toEqual([['z', false]]);
});
