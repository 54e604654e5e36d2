import { describe, expect, test } from 'vitest';
import type { LineKind } from '../bindings';
import { SideRows, unified } from './rows';

const KINDS: Record<string, LineKind> = { ' ': 'context', '-': 'removed', '+': 'added' };
const kinds = (lines: string) => [...lines].map((sign) => KINDS[sign] ?? 'context');

/** The rows of a hunk whose lines are written as signs, of which the first `read` are here. */
function rowsOf(signs: string, read = signs.length, single = false): SideRows {
  const all = kinds(signs);
  const count = (kind: LineKind) => all.filter((each) => each === kind).length;
  const hunk = { count: all.length, removed: count('removed'), added: count('added'), single };
  return SideRows.from(hunk, read, (line) => {
    if (line >= read) throw new Error(`line ${line} is not here`);
    return all[line] as LineKind;
  });
}

const painted = (rows: SideRows) =>
  Array.from({ length: rows.count }, (_, row) => {
    const { left, right } = rows.at(row);
    return [left, right];
  });

describe('two sides', () => {
  test.each([
    ['the first with the first', ' --++ ', [[0, 0], [1, 3], [2, 4], [5, 5]]],
    ['more removed than added', '---+', [[0, 3], [1, null], [2, null]]],
    ['more added than removed', '-+++ ', [[0, 1], [null, 2], [null, 3], [4, 4]]],
    ['those of one change only', '-+ -+', [[0, 1], [2, 2], [3, 4]]],
    ['and no added line with a removed one that follows it', '+-', [[0, 0], [1, 1]]],
    ['what has no partner stands as it is', '-- ++', [[0, 0], [1, 1], [2, 2], [3, 3], [4, 4]]],
    ['nothing', '', []],
  ])('pair %s', (_what, signs, expected) => {
    expect(painted(rowsOf(signs))).toEqual(expected);
  });

  test('know the row of each line, and the line of each row', () => {
    const rows = rowsOf('  --+ +++ -++ ');
    for (let line = 0; line < 13; line += 1) {
      const { left, right } = rows.at(rows.rowOf(line));
      expect([left, right]).toContain(line);
    }
    for (let row = 0; row < rows.count; row += 1) expect(rows.rowOf(rows.lineAt(row))).toBe(row);
  });
});

describe('a hunk of which only some lines are here', () => {
  test('is known to its end when it is a proposed one', () => {
    const rows = rowsOf('  ---++++  ', 3, true);
    expect(rows.known).toBe(11);
    expect(painted(rows)).toEqual(painted(rowsOf('  ---++++  ')));
    expect(rows.required({ from: 3, to: 5 })).toEqual([
      { from: 3, to: 5 },
      { from: 6, to: 8 },
    ]);
    // not what lies between the end of the change on the left and what follows it
    expect(rows.required({ from: 4, to: 7 })).toEqual([
      { from: 4, to: 5 },
      { from: 7, to: 10 },
    ]);
    expect(rows.required({ from: 4, to: 4 })).toEqual([]);
  });

  test('is known to its end when nothing stands beside anything', () => {
    for (const signs of ['  ++ +++', '-- - --']) {
      const rows = rowsOf(signs, 1);
      expect(rows.known).toBe(signs.length);
      expect(painted(rows).map(([left]) => left)).toEqual([...signs].map((_, line) => line));
    }
  });

  test('is known as far as it is read when it is of several changes, and read further where it is looked at', () => {
    const signs = ' -+ --++ -+ ';
    for (let read = 0; read <= signs.length; read += 1) {
      const rows = rowsOf(signs, read);
      const whole = rowsOf(signs);
      for (let line = 0; line < read; line += 1) expect(rows.rowOf(line)).toBe(whole.rowOf(line));
      expect(rows.count).toBeGreaterThanOrEqual(whole.count);
      const required = rows.required({ from: 0, to: rows.count });
      expect(required).toEqual([{ from: 0, to: Math.min(read + 1, signs.length) }]);
    }
    // a change that is not read to its end is open on the right
    expect(rowsOf(signs, 5).at(3)).toEqual({ left: 4, right: 5 });
    expect(rowsOf(signs, 5).known).toBe(5);
    // from where it is known on, however far below one looks; and nothing for rows that stand fast
    expect(rowsOf(signs, 4).required({ from: 8, to: 10 })).toEqual([{ from: 4, to: 5 }]);
    expect(rowsOf(signs, 4).required({ from: 0, to: 2 })).toEqual([{ from: 0, to: 3 }]);
  });

  test('that proposes too much to see its change is read until it is seen', () => {
    const signs = `${' '.repeat(6)}-+`;
    expect(rowsOf(signs, 0, true).required({ from: 0, to: 8 })).toContainEqual({ from: 0, to: 1 });
    expect(rowsOf(signs, 6, true).known).toBe(6);
    expect(rowsOf(signs, 7, true).known).toBe(8);
  });
});

test('unified, a row is a line', () => {
  const rows = unified(3);
  expect([rows.count, rows.lineAt(2), rows.rowOf(1)]).toEqual([3, 2, 1]);
});
