import { afterEach, expect, test, vi } from 'vitest';
import { ReviewHints } from './hints.svelte';

const kept = new Map<string, string>();
vi.stubGlobal('localStorage', {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
});

afterEach(() => kept.clear());

test('hints come one after another, and never again after the last', () => {
  const hints = new ReviewHints(3);
  const seen: (number | null)[] = [hints.current];
  for (let step = 0; step < 3; step += 1) {
    hints.next();
    seen.push(hints.current);
  }
  expect(seen).toEqual([0, 1, 2, null]);
  expect(new ReviewHints(3).current).toBe(null);
});

test('hints that are dismissed at the first stay away', () => {
  new ReviewHints(3).dismiss();
  expect(new ReviewHints(3).current).toBe(null);
});
