import { describe, expect, test } from 'vitest';
import { mentionAt, insertMention } from './mention';

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
