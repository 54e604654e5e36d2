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

  test('images come in the order in which they were given, and a draft that reads some is not empty', async () => {
    const draft = new Draft();
    let finish: (urls: string[]) => void = () => undefined;
    const large = new Promise<string[]>((resolve) => (finish = resolve));
    const both = [draft.addImages(large), draft.addImages(Promise.resolve(['small']))];
    expect([draft.empty, draft.images]).toEqual([false, []]);
    finish(['large 1', 'large 2']);
    await draft.imagesRead();
    expect(draft.images).toEqual(['large 1', 'large 2', 'small']);
    draft.images = [];
    expect(draft.empty).toBe(true);
    await Promise.all(both);
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
