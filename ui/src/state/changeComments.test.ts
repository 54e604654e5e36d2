import { describe, expect, test } from 'vitest';
import { lines } from '../../e2e/fixture/diffs';
import { ChangeComments, quoteLines, type ChangeComment } from './changeComments.svelte';

describe('lines that are quoted', () => {
  test('have the numbers of the file as it is, and their marks', () => {
    const quote = quoteLines(lines(' a\n-b\n+B\n+C\n d', 7, 9));
    expect(quote).toEqual({ side: 'after', line: 9, toLine: 12, quoted: [' a', '-b', '+B', '+C', ' d'], more: 0 });
  });

  test('have those of the file as it was where all of them were taken out', () => {
    expect(quoteLines(lines('-a\n-b', 7, 9))).toMatchObject({ side: 'before', line: 7, toLine: 8 });
    expect(quoteLines([])).toBeNull();
  });

  test('are bounded, and say how many are left out', () => {
    const quote = quoteLines(lines(Array.from({ length: 90 }, () => `+${'ä'.repeat(500)}`).join('\n'), 1, 1));
    expect(quote).toMatchObject({ line: 1, toLine: 90, more: 50 });
    expect([quote?.quoted.length, quote?.quoted[0]]).toEqual([40, `+${'ä'.repeat(400)}`]);
  });
});

describe('comments on changes', () => {
  const comment: ChangeComment = {
    path: 'a.rs', digest: 'd', from: 1, to: 2, side: 'after', line: 5, toLine: 6, quoted: ['+x'], more: 0, text: '',
  };

  test('are kept as far as something is written in them, and come back before those of since', () => {
    const comments = new ChangeComments();
    comments.add(comment);
    expect([comments.written, comments.content]).toEqual([[], null]);
    comments.change(comment, 'Why?');
    comments.add({ ...comment, text: ' ' });
    const again = new ChangeComments();
    again.add({ ...comment, text: 'Later.' });
    again.restore(comments.content ?? '');
    expect(again.all.map(({ text }) => text)).toEqual(['Why?', 'Later.']);
  });

  test('are replaced by those of another window, but for those that are empty here', () => {
    const comments = new ChangeComments();
    comments.add({ ...comment, text: 'Sent there.' });
    comments.add(comment);
    comments.replace(JSON.stringify([{ ...comment, text: 'Written there.' }]));
    expect(comments.all.map(({ text }) => text)).toEqual(['Written there.', '']);
    comments.replace(null);
    expect(comments.all).toEqual([comment]);
  });

  test('that were changed while they were sent stay', () => {
    const comments = new ChangeComments();
    comments.add({ ...comment, text: 'One.' });
    comments.add({ ...comment, text: 'Two.' });
    const sent = comments.written;
    comments.change(sent[1]!, 'Two and a half.');
    comments.remove(sent);
    expect(comments.written.map(({ text }) => text)).toEqual(['Two and a half.']);
  });
});
