import { expect, test } from 'vitest';
import { styledRuns, withoutStyles } from './styled';

const run = (text: string, classes = '', color: string | null = null, background: string | null = null) => ({
  text,
  classes,
  color,
  background,
});

test('output without styles is one run', () => {
  expect(styledRuns('a\nb')).toEqual([run('a\nb')]);
  expect(styledRuns('')).toEqual([]);
});

test('each run has the style of the sequence before it', () => {
  expect(styledRuns('a \u001b[0;1;31mb\u001b[0m c\u001b[0;4;97;42md')).toEqual([
    run('a '),
    run('b', 'bold color-1'),
    run(' c'),
    run('d', 'underlined color-15 behind-2'),
  ]);
  expect(styledRuns('\u001b[0;38;2;1;2;3;48;5;196mx\u001b[0m')).toEqual([
    run('x', '', 'rgb(1 2 3)', 'rgb(255 0 0)'),
  ]);
  expect(styledRuns('\u001b[0;38;5;244mx')).toEqual([run('x', '', 'rgb(128 128 128)')]);
});

test('copied output has no styles', () => {
  expect(withoutStyles('a\u001b[0;31mb\u001b[0m\n')).toBe('ab\n');
});
