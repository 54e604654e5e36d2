import { expect, test } from 'vitest';
import type { FileView, HunkView } from '../bindings';
import { Viewed } from './viewed.svelte';

const hunk = (id: string, digest: string) => ({ id, digest: digest.repeat(64) }) as HunkView;
const file = (path: string, hunks: HunkView[]) => ({ path, hunks }) as FileView;

test('a hunk is viewed by what it changes, not by its place in a proposal', () => {
  const viewed = new Viewed();
  viewed.set('a.rs', [hunk('0.0', 'a')], true);
  expect(viewed.has('a.rs', hunk('3.7', 'a'))).toBe(true);
  expect(viewed.has('a.rs', hunk('0.0', 'b'))).toBe(false);
  expect(viewed.has('b.rs', hunk('0.0', 'a'))).toBe(false);
  expect(viewed.left(file('a.rs', [hunk('0.0', 'a'), hunk('0.1', 'b')]))).toBe(1);
});

test('marks are kept over a restart, the newest of very many', () => {
  const viewed = new Viewed();
  expect(viewed.content).toBe(null);
  for (let index = 0; index < 20_001; index += 1) viewed.set(`f${index}`, [hunk('0.0', 'a')], true);
  const again = new Viewed();
  again.restore(viewed.content ?? '');
  expect(again.has('f0', hunk('0.0', 'a'))).toBe(false);
  expect(again.has('f20000', hunk('0.0', 'a'))).toBe(true);
  again.set('f20000', [hunk('0.0', 'a')], false);
  expect(again.has('f20000', hunk('0.0', 'a'))).toBe(false);
});
