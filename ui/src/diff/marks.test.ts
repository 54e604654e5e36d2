import { expect, test } from 'vitest';
import { pieces } from './marks';

test('a line is cut at its marks', () => {
  expect(pieces('let old = 1;', [[4, 7]])).toEqual([
    { text: 'let ', marked: false, token: null },
    { text: 'old', marked: true, token: null },
    { text: ' = 1;', marked: false, token: null },
  ]);
  expect(pieces('ab', [[0, 2]])).toEqual([{ text: 'ab', marked: true, token: null }]);
  expect(pieces('ab', [])).toEqual([{ text: 'ab', marked: false, token: null }]);
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

test('a line is cut at its marks and its tokens alike', () => {
  expect(
    pieces(
      'let old = 1;',
      [[4, 10]],
      [
        [0, 3, 'keyword'],
        [4, 7, 'function'],
        [10, 11, 'constant'],
      ],
    ),
  ).toEqual([
    { text: 'let', marked: false, token: 'keyword' },
    { text: ' ', marked: false, token: null },
    { text: 'old', marked: true, token: 'function' },
    { text: ' = ', marked: true, token: null },
    { text: '1', marked: false, token: 'constant' },
    { text: ';', marked: false, token: null },
  ]);
  expect(pieces('ab', [], [[0, 9, 'string']])).toEqual([{ text: 'ab', marked: false, token: 'string' }]);
  expect(pieces('', [], [])).toEqual([]);
});
