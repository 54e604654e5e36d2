import { describe, expect, test } from 'vitest';
import { brokenLine, EditHistory, indented, indentOf, outdented, type FieldText } from './typing';

/** A text whose selection is between two bars, or whose cursor is at one. */
function at(marked: string): FieldText {
  const start = marked.indexOf('|');
  const end = marked.lastIndexOf('|');
  return { text: marked.replaceAll('|', ''), start, end: end === start ? start : end - 1 };
}

function marked({ text, start, end }: FieldText): string {
  const selected = start === end ? '|' : `|${text.slice(start, end)}|`;
  return text.slice(0, start) + selected + text.slice(end);
}

describe('the indentation of a file', () => {
  test.each([
    ['tabs', ['func a() {', '\tif b {', '\t\treturn', '\t}', '}'], '\t'],
    ['four spaces', ['fn a() {', '    if b {', '        c();', '    }', '}'], '    '],
    ['two spaces', ['a:', '  b:', '    c: 1', '  d: 2'], '  '],
    ['eight spaces', ['int a;', '        int b;', 'int c;'], '        '],
    ['tabs, with lines that are aligned by spaces', ['\ta(b,', '\t  c);', '\td();', '    e'], '\t'],
    ['four spaces, with a line that is aligned', ['    let a = b(', '               c);', '    if a {', '        d'], '    '],
    ['lines at one depth', ['    a', '', '    b'], '    '],
    ['lines at an odd depth', ['      a', '      b'], '  '],
    ['no line that is indented', ['a', 'b'], '    '],
    ['no line', [], '    '],
  ])('is told by %s', (_what, lines, step) => {
    expect(indentOf(lines)).toBe(step);
  });
});

describe('a new line', () => {
  test.each([
    ['    a();|', '    a();\n    |'],
    ['\tif b {|\n\t}', '\tif b {\n\t|\n\t}'],
    ['    a(|b);', '    a(\n    |b);'],
    ['  |    a', '  \n  |    a'],
    ['|', '\n|'],
    ['  a|b\nc|d', '  a\n  |d'],
  ])('after %j is indented as that line is', (before, after) => {
    expect(marked(brokenLine(at(before)))).toBe(after);
  });
});

describe('Tab', () => {
  test.each([
    ['|', '    |'],
    ['  |a', '    |a'],
    ['a|', 'a   |'],
    ['|a\nb|', '|    a\n    b|'],
    ['a|a\nb|b', '    a|a\n    b|b'],
    ['|a\n|b', '|    a\n|b'],
    ['|a\n\nb|', '|    a\n\n    b|'],
  ])('in %j goes one step in', (before, after) => {
    expect(marked(indented(at(before), '    '))).toBe(after);
  });

  test('puts a tab in where the file has tabs', () => {
    expect(marked(indented(at('a|'), '\t'))).toBe('a\t|');
    expect(marked(indented(at('|a\n\tb|'), '\t'))).toBe('|\ta\n\t\tb|');
  });

  test.each([
    ['    a|', 'a|'],
    ['|      a\n  b|', '|  a\nb|'],
    ['\ta|', 'a|'],
    ['  |  a', '|a'],
    ['a|', 'a|'],
  ])('with Shift goes one step out in %j', (before, after) => {
    expect(marked(outdented(at(before), '    '))).toBe(after);
  });

  test('with Shift takes back what it did', () => {
    const before = at('if |a {\n\tb\n}| else');
    expect(outdented(indented(before, '\t'), '\t')).toEqual(before);
  });
});

describe('the history of a field', () => {
  /** Types text at the cursor, one key after the other. */
  function type(history: EditHistory, from: FieldText, keys: string): FieldText {
    let now = from;
    for (const key of keys) {
      history.select(now.start, now.end);
      const cursor = now.start + key.length;
      now = { text: now.text.slice(0, now.start) + key + now.text.slice(now.end), start: cursor, end: cursor };
      history.record(now, 'insertText');
    }
    return now;
  }

  test('has a typed word as one step', () => {
    const first = at('a|');
    const history = new EditHistory(first);
    type(history, first, ' long name');
    expect([history.undo()?.text, history.undo()?.text, history.undo()?.text]).toEqual(['a long ', 'a ', 'a']);
    expect(history.undo()).toBeNull();
    expect([history.redo()?.text, history.redo()?.text, history.redo()?.text]).toEqual(['a ', 'a long ', 'a long name']);
    expect(history.redo()).toBeNull();
  });

  test('has what the window changed as a step among the typed ones', () => {
    const first = at('a|');
    const history = new EditHistory(first);
    const typed = type(history, first, 'b');
    const broken = brokenLine(typed);
    history.record(broken, 'indent');
    history.record(indented(broken, '  '), 'indent');
    type(history, indented(broken, '  '), 'c');
    expect([history.undo()?.text, history.undo()?.text, history.undo()?.text, history.undo()?.text]).toEqual([
      'ab\n  ',
      'ab\n',
      'ab',
      'a',
    ]);
  });

  test('leads back to what was selected, and forgets what was undone once something else is written', () => {
    const first = at('|one| two');
    const history = new EditHistory(at('|one two'));
    history.select(first.start, first.end);
    history.record(at('| two'), 'deleteByCut');
    expect(history.undo()).toEqual(first);
    history.record(at('1|one two'), 'insertText');
    expect(history.redo()).toBeNull();
    expect(history.undo()).toEqual(first);
  });

  test('has letters that are deleted one after the other as one step, elsewhere as another', () => {
    const history = new EditHistory(at('abc def|'));
    history.record(at('abc de|'), 'deleteContentBackward');
    history.record(at('abc d|'), 'deleteContentBackward');
    history.select(3, 3);
    history.record(at('ab| d'), 'deleteContentBackward');
    expect([history.undo()?.text, history.undo()?.text]).toEqual(['abc d', 'abc def']);
  });
});
