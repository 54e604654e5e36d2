import { describe, expect, test } from 'vitest';
import { beginningOf, excerptOf, sizeOf } from './longText';

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`).join('\n');

describe('a long text', () => {
  test('is shown by its beginning and its end', () => {
    expect(excerptOf(numbered(3))).toEqual({ first: numbered(3), left: 0, last: '' });
    const { first, left, last } = excerptOf(numbered(1_700));
    expect([first.split('\n').length, left, last.split('\n')[0]]).toEqual([500, 700, 'line 1201']);
  });

  test('begins with so many lines, none of which is too long to be painted', () => {
    expect(beginningOf(numbered(30), 2)).toBe('line 1\nline 2');
    expect(beginningOf('one', 2)).toBe('one');
    expect(beginningOf('x'.repeat(5_000), 2).length).toBe(2_001);
  });

  test('has its size named', () => {
    expect(sizeOf('ä\nb')).toBe('4 bytes, 2 lines');
  });
});
