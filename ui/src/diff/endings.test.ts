import { describe, expect, test } from 'vitest';
import { lines } from '../../e2e/fixture/diffs';
import { endingChanges } from './endings';

const found = (text: string) => {
  const all = lines(text, 1, 1);
  return [...endingChanges(all.length, (at) => all[at])].sort((one, other) => one - other);
};

describe('lines of which only the ending changes', () => {
  test.each<[string, string, number[]]>([
    ['every line', '-a\n-b\n+a\n+b', [0, 1, 2, 3]],
    ['the last one', ' a\n-b\n+b', [1, 2]],
    ['those beside lines that are changed, put in and taken out', '-a\n-b\n-c\n-d\n+a\n+new\n+C\n+d', [0, 3, 4, 7]],
    ['as often as they stand on both sides', '-}\n-}\n+}', [0, 2]],
    ['as many as can be, in order', '-far\n-a\n-b\n+a\n+b\n+far', [1, 2, 3, 4]],
    ['of several changes', '-a\n+a\n x\n-b\n+b', [0, 1, 3, 4]],
  ])('are known: %s', (_, text, places) => {
    expect(found(text)).toEqual(places);
  });

  test.each<[string, string]>([
    ['lines that changed', '-a\n+b'],
    ['a line that moved past another', '-a\n x\n+a'],
    ['lines put in before they are taken out elsewhere', '+a\n x\n-a'],
    ['spaces', '-a\n+a '],
    ['lines of which only the beginning is shown', `-${'x'.repeat(2_000)}\n+${'x'.repeat(2_000)}`],
    ['characters that stand as their numbers, which the text may spell out', '-a\\u{200b}\n+a\\u{200b}'],
  ])('are not: %s', (_, text) => {
    expect(found(text)).toEqual([]);
  });

  test('are not looked for beyond the lines that are loaded, or in very long hunks', () => {
    const all = lines('-a\n-b\n+a\n+b', 1, 1);
    expect(endingChanges(4, (at) => (at < 2 ? all[at] : undefined)).size).toBe(0);
    expect(endingChanges(4, (at) => (at < 3 ? all[at] : undefined)).size).toBe(0);
    expect(endingChanges(2_001, () => all[0]).size).toBe(0);
  });
});
