import { expect, test } from 'vitest';
import type { ChangeComment } from '../state/changeComments.svelte';
import { commentPrompt } from './commentPrompt';

test('comments are told with their files, their lines and what these say', () => {
  const comment: ChangeComment = {
    path: 'src/a.rs', digest: 'd', from: 1, to: 2, side: 'after', line: 5, toLine: 6, quoted: ['-x', '+y'], more: 3, text: ' Why?\nAnd how? ',
  };
  const removed: ChangeComment = { ...comment, path: 'b', side: 'before', toLine: 5, quoted: ['-z'], more: 0, text: 'Keep it.' };
  expect(commentPrompt([comment, removed])).toBe(
    [
      'Comments on lines of these changes:',
      '',
      'src/a.rs, lines 5-6 (as the file is):',
      '> -x',
      '> +y',
      '> [... 3 more lines ...]',
      'Why?\nAnd how?',
      '',
      'b, line 5 (as the file was):',
      '> -z',
      'Keep it.',
    ].join('\n'),
  );
});
