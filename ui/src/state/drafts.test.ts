import { describe, expect, test } from 'vitest';
import { countLines, Draft, isLongPaste } from './drafts.svelte';

describe('drafts', () => {
  test('what is kept comes back, before what was typed meanwhile', () => {
    const draft = new Draft();
    draft.text = 'first';
    draft.pastes = ['a\nb'];
    const kept = draft.content;
    const again = new Draft();
    again.text = 'second';
    again.restore(kept ?? '');
    expect(again.text).toBe('first\nsecond');
    expect(again.pastes).toEqual(['a\nb']);
    expect(new Draft().content).toBeNull();
  });

  test('lines are counted as an editor counts them', () => {
    expect(['', 'a', 'a\n', 'a\nb', 'a\n\nb\n'].map((text) => countLines(text))).toEqual([1, 1, 1, 2, 3]);
    expect(countLines('a\n'.repeat(1000), 10)).toBe(10);
  });

  test('a paste is long by characters or by lines', () => {
    expect(isLongPaste('x'.repeat(4_000))).toBe(false);
    expect(isLongPaste('x'.repeat(4_001))).toBe(true);
    expect(isLongPaste('x\n'.repeat(100))).toBe(false);
    expect(isLongPaste('x\n'.repeat(101))).toBe(true);
  });
});
