import { expect, test } from 'vitest';
import { age, bytes, dayOf, duration, plural, sentence, tokens } from './format';

test.each([
  [0, '0 ms'],
  [41, '41 ms'],
  [3240, '3.2 s'],
  [9960, '10 s'],
  [59_600, '1 min 0 s'],
  [84_200, '1 min 24 s'],
  [7_260_000, '2 h 1 min'],
])('%i ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, '0'],
  [999, '999'],
  [20_722, '20.7k'],
  [128_000, '128k'],
  [1_048_576, '1.0M'],
])('%i tokens are %s', (count, text) => {
  expect(tokens(count)).toBe(text);
});

test.each([
  [0, '0 bytes'],
  [48_320, '48 KB'],
  [1_240_000, '1.2 MB'],
  [212_400_000, '212 MB'],
  [5_240_000_000, '5.2 GB'],
])('%i bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

test.each([
  [59_000, 'just now'],
  [60_000, '1 min'],
  [3 * 3_600_000, '3 h'],
  [26 * 3_600_000, '1 day'],
  [9 * 24 * 3_600_000, '9 days'],
])('what was made %i ms ago has the age %s', (ms, text) => {
  expect(age(ms)).toBe(text);
});

test('counts have their number', () => {
  expect([plural(0, 'file'), plural(1, 'file'), plural(2, 'entry', 'entries')]).toEqual([
    '0 files',
    '1 file',
    '2 entries',
  ]);
});

test('days are said from now', () => {
  const now = new Date(2026, 10, 22, 9).getTime();
  const hours = (count: number) => now - count * 3_600_000;
  expect(dayOf(hours(1), now)).toBe('Today');
  expect(dayOf(hours(10), now)).toBe('Yesterday');
  expect(dayOf(hours(24 * 3), now)).toBe(
    new Date(hours(72)).toLocaleDateString(undefined, { weekday: 'long' }),
  );
  expect(dayOf(hours(24 * 400), now)).toContain('2025');
});

test('a message reads as a sentence, a path or a name stays as it is', () => {
  expect(sentence('the file is gone')).toBe('The file is gone');
  expect(sentence('src/lib.rs is gone')).toBe('src/lib.rs is gone');
  expect(sentence('OpenAI did not answer')).toBe('OpenAI did not answer');
});
