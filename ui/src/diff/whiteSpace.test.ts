import { describe, expect, test } from 'vitest';
import * as diffs from '../../e2e/fixture/diffs';
import { whiteSpaceChanges } from './whiteSpace';

function found(text: string): [number[], number | null] {
  const { lines, only } = whiteSpaceChanges(diffs.hunk('0.0', 1, text));
  return [[...lines].sort((a, b) => a - b), only];
}

describe('a hunk of which only white space changes', () => {
  test.each([
    ['lines that are indented anew', ' a\n-  b\n-  c\n+    b\n+    c\n d', [1, 2, 3, 4], 2],
    ['tabs in place of spaces', '-    a\n+\ta', [0, 1], 1],
    ['spaces at an end', '-a  \n+a', [0, 1], 1],
    ['blank lines that are put in', ' a\n+\n+  \n b', [1, 2], 2],
    ['blank lines among indented ones', '-a\n-b\n+ a\n+\n+ b', [0, 1, 2, 3, 4], 3],
    ['two changes of it', ' a\n-b\n+ b\n c\n-d \n+d', [1, 2, 4, 5], 2],
    ['a line that stays among others', '-a\n-b\n+a\n+  b', [0, 1, 2, 3], 2],
  ])('has %s', (_what, text, lines, only) => {
    expect(found(text)).toEqual([lines, only]);
  });
});

describe('a hunk of which more changes', () => {
  test.each([
    ['a word', '-a b\n+a c', []],
    ['an indented line and a word', '-a\n-b\n+  a\n+c', [0, 2]],
    ['a new line, with a blank one before it', ' a\n+\n+b', []],
    ['two changes, one of it', ' a\n-b\n+ b\n c\n-d\n+e', [1, 2]],
    ['the order of lines', '-a\n-b\n+ b\n+ a', [1, 2]],
    ['a character that looks like a space', '-a b\n+a\\u{a0}b', []],
    ['a line that is broken', '-a b\n+a\n+b', []],
  ])('by %s', (_what, text, lines) => {
    expect(found(text)).toEqual([lines, null]);
  });

  test('by what is not shown, such as the endings of lines', () => {
    expect(found('-a\n-\n-b\n+a\n+\n+b')).toEqual([[], null]);
  });

  test('by the ending of a line that is indented too', () => {
    const hunk = diffs.hunk('0.0', 1, '-a\n-b\n+  a\n+  b');
    const lines = hunk.lines.map((line, at) => (at % 2 === 0 ? line : { ...line, end: at === 1 ? ('crlf' as const) : ('lf' as const) }));
    const found = whiteSpaceChanges({ ...hunk, lines });
    expect([[...found.lines], found.only]).toEqual([[0, 2], null]);
  });

  test('by a line that is not shown as it is, whatever else is indented', () => {
    // the first is the number of a character, the second the text of one
    expect(found('-a = "\\u{200b}"\n-b\n+a = "\\u{200b}"\n+  b')).toEqual([[1, 3], null]);
  });

  test('by lines that are cut where they are shown, or that are not loaded', () => {
    const long = 'x'.repeat(2_100);
    expect(found(`-${long}\n+ ${long}`)).toEqual([[], null]);
    expect(whiteSpaceChanges({ ...diffs.hunk('0.0', 1, '-a\n+ a'), line_count: 900 }).only).toBeNull();
  });
});
