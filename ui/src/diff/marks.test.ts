import { expect, test } from 'vitest';
import { pieces } from './marks';

test('a line is cut at its marks', () => {
  expect(pieces('let old = 1;', [[4, 7]])).toEqual([
    { text: 'let ', marked: false },
    { text: 'old', marked: true },
    { text: ' = 1;', marked: false },
  ]);
  expect(pieces('ab', [[0, 2]])).toEqual([{ text: 'ab', marked: true }]);
  expect(pieces('ab', [])).toEqual([{ text: 'ab', marked: false }]);
});

test('nothing of the line is lost or doubled, whatever the marks', () => {
  for (const marks of [
    [
      [0, 1],
      [1, 3],
    ],
    [[2, 99]],
    [[1, 1]],
    [
      [0, 4],
      [2, 3],
    ],
  ] as [number, number][][]) {
    expect(
      pieces('abcdef', marks)
        .map((piece) => piece.text)
        .join(''),
    ).toBe('abcdef');
  }
});
