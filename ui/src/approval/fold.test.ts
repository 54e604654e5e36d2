import { expect, test } from 'vitest';
import { folded, unfolded } from './fold';

test('a short command is painted as it is', () => {
  expect(folded('cd a\n\n\nmake')).toEqual([{ type: 'text', text: 'cd a\n\n\nmake' }]);
});

test('empty lines do not push the end of a command out of view', () => {
  expect(folded(`ls${'\n'.repeat(200)}rm -rf ~`)).toEqual([
    { type: 'text', text: 'ls' },
    { type: 'empty', lines: 199 },
    { type: 'text', text: 'rm -rf ~' },
  ]);
  expect(folded(`ls\n \n\t\n  \nrm`)).toContainEqual({ type: 'empty', lines: 3 });
});

test('a long command shows its head, how much is left out, and its end', () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  expect(folded(lines.join('\n'))).toEqual([
    { type: 'text', text: lines.slice(0, 7).join('\n') },
    { type: 'hidden', lines: 29, characters: lines.slice(7, 36).join('').length },
    { type: 'text', text: lines.slice(36).join('\n') },
  ]);
  expect(unfolded(lines.join('\n'))).toEqual([{ type: 'text', text: lines.join('\n') }]);
});

test('one long line is cut in its middle, between characters', () => {
  const pieces = folded(`echo ${'🙂'.repeat(2000)}; rm -rf ~`);
  expect(pieces.map((piece) => piece.type)).toEqual(['text', 'hidden', 'text']);
  const [head, , tail] = pieces.map((piece) => (piece.type === 'text' ? piece.text : ''));
  expect(head).toMatch(/^echo (🙂)+$/u);
  expect(tail).toMatch(/^(🙂)+; rm -rf ~$/u);
});
