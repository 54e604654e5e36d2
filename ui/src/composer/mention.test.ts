import { describe, expect, test } from 'vitest';
import { mentionAt, insertMention, withFolders } from './mention';
import { MentionCompletion } from './mentionCompletion.svelte';

/** The text with the cursor as a bar. */
function at(marked: string) {
  const cursor = marked.indexOf('|');
  return mentionAt(marked.replace('|', ''), cursor);
}

describe('a mention', () => {
  test.each([
    ['@|', ''],
    ['look at @src/li|', 'src/li'],
    ['@a and @b|', 'b'],
    ['first\n@x|', 'x'],
    ['@sr|c', 'sr'],
  ])('is found in %j', (text, query) => {
    expect(at(text)?.query).toBe(query);
  });

  test.each(['', 'plain|', 'mail@host|', '@done |', '|@later'])('is not in %j', (text) => {
    expect(at(text)).toBeNull();
  });

  test('gives way to the file that was picked', () => {
    const text = 'fix @li please';
    const found = mentionAt(text, 7);
    if (!found) throw new Error('no mention');
    expect(insertMention(text, found, 'src/lib.rs')).toEqual({ text: 'fix @src/lib.rs please', cursor: 16 });
    expect(insertMention('@x', { from: 0, to: 2, query: 'x' }, 'my notes.md').text).toBe('@"my notes.md" ');
  });
});

describe('folders', () => {
  const FILES = ['README.md', 'src/lib.rs', 'src/composer/Composer.svelte', 'src/composer/parts/compact.ts', 'docs/compose.md'];
  const found = (query: string, files = FILES) => withFolders(files, [], query);

  test.each([
    ['compo', ['README.md', 'src/composer/', 'src/lib.rs']],
    ['composer', ['src/composer/', 'README.md']],
    ['src/comp', ['README.md', 'src/composer/', 'src/lib.rs']],
    ['src', ['src/', 'README.md']],
    ['SRC/', ['src/', 'README.md']],
    ['', ['src/', 'docs/', 'README.md']],
    ['scmps', ['README.md', 'src/composer/', 'src/lib.rs']],
    ['arts', ['README.md', 'src/composer/parts/', 'src/lib.rs']],
    ['lib', ['README.md', 'src/lib.rs']],
  ])('that match %j stand among the files', (query, listed) => {
    expect(found(query).slice(0, listed.length)).toEqual(listed);
  });

  test('are those of all files that are found, and few', () => {
    expect(withFolders([], ['a/b/c.rs'], 'b')).toEqual(['a/b/']);
    const many = Array.from({ length: 20 }, (_, index) => `part${index}/x.rs`);
    expect(withFolders([], many, 'part').length).toBe(6);
  });

  test('are put in with a slash at their ends', () => {
    const mention = { from: 4, to: 8, query: 'src' };
    expect(insertMention('see @src', mention, 'src/').text).toBe('see @src/ ');
    expect(insertMention('see @src', mention, 'my notes/').text).toBe('see @"my notes/" ');
  });
});

describe('the list of a mention', () => {
  test('asks for files and for what is in folders, and shows what was asked for last', async () => {
    const asked: string[] = [];
    const answers = new Map<string, (paths: string[]) => void>();
    const list = new MentionCompletion((query) => {
      asked.push(query);
      return new Promise((resolve) => answers.set(query, resolve));
    });
    const first = list.update('@c', 2);
    const second = list.update('@co', 3);
    expect(asked).toEqual(['c', 'c/', 'co', 'co/']);
    for (const query of ['co', 'co/', 'c', 'c/']) answers.get(query)?.([`${query.replace('/', '')}/x.rs`]);
    await Promise.all([first, second]);
    expect([list.listed, list.paths]).toEqual([true, ['co/', 'co/x.rs']]);
    list.move(-1);
    expect(list.paths[list.picked]).toBe('co/x.rs');
    expect(list.take()).toEqual({ from: 0, to: 3, query: 'co' });
    expect(list.listed).toBe(false);
  });
});
