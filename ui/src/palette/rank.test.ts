import { describe, expect, test } from 'vitest';
import { ranked, rankedByTime, score } from './rank';

const best = (query: string, texts: string[]) =>
  ranked(query, texts, (text) => [text]).map(({ each }) => each);

describe('a match', () => {
  test('by its first letters comes before what only holds them', () => {
    expect(best('set', ['Reset the offset', 'Settings: Model', 'Open a setting'])).toEqual([
      'Settings: Model',
      'Open a setting',
      'Reset the offset',
    ]);
  });

  test('may be typed by the beginnings of its words', () => {
    expect(best('ns', ['Settings: Notifications', 'New session', 'Undo the last task'])[0]).toBe('New session');
    expect(best('shsi', ['Show the changes', 'Show the sidebar'])[0]).toBe('Show the sidebar');
  });

  test('may have its words in any order, and needs them all', () => {
    expect(best('range fix', ['Fix the failing range test', 'Fix the parser', 'Range syntax'])).toEqual([
      'Fix the failing range test',
    ]);
  });

  test('is not what has the letters somewhere', () => {
    expect(score('xyz', 'New session')).toBe(0);
    expect(score('oet', 'Summarise the conversation so far and start over')).toBe(0);
  });

  test('does not depend on case or on blanks around', () => {
    expect(score('  NEW SESSION ', 'new session')).toBeCloseTo(score('new session', 'new session'), 2);
  });

  test('goes by other words too, which count for less', () => {
    const entries: [string, string?][] = [
      ['Summarise the conversation', 'compact'],
      ['Compact view'],
      ['New session', 'begin start'],
    ];
    const names = ranked('compact', entries, (entry) => entry).map(({ each }) => each[0]);
    expect(names).toEqual(['Compact view', 'Summarise the conversation']);
  });

  test('holds a word that is too long to be typed as it stands', () => {
    const path = 'crates/sandbox-linux/src/filters.rs';
    expect(score(path.toUpperCase(), `Split ${path} in two`)).toBeGreaterThan(0);
    // letter by letter it would be there
    expect(score(path.replaceAll('/', ''), `Split ${path} in two`)).toBe(0);
    expect(score('crateslinux', `Split ${path} in two`)).toBeGreaterThan(0);
  });
});

describe('sessions', () => {
  const sessions = [
    { title: 'fix the parser', updated_ms: 1 },
    { title: 'Cache what was parsed', updated_ms: 9 },
    { title: 'Fix the range test', updated_ms: 5 },
    { title: 'Fix the lexer', updated_ms: 3 },
    { title: 'Compare outputs', updated_ms: 20 },
  ];
  const found = (query: string) =>
    rankedByTime(query, sessions, ({ title }) => [title]).map(({ each }) => each.title);

  test('that match equally well come with the last used first, however they are written', () => {
    expect(found('fix')).toEqual(['Fix the range test', 'Fix the lexer', 'fix the parser']);
  });

  test('that match better come first, however old', () => {
    expect(found('par')).toEqual(['Cache what was parsed', 'fix the parser', 'Compare outputs']);
  });
});
