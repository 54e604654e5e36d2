import { expect, test } from 'vitest';
import type { DiffLine, HunkView } from '../bindings';
import { editedAlone, editedHunk } from './edited';

function hunk(text: string[]): HunkView {
  let oldNo = 10;
  let newNo = 10;
  const lines = text.map((line): DiffLine => {
    const body = { text: line.slice(1), marks: [] as [number, number][] };
    if (line.startsWith('-')) return { kind: 'removed', old_no: oldNo++, new_no: null, ...body };
    if (line.startsWith('+')) return { kind: 'added', old_no: null, new_no: newNo++, ...body };
    return { kind: 'context', old_no: oldNo++, new_no: newNo++, ...body };
  });
  return { id: '0.0', header: '', added: 0, removed: 0, line_count: lines.length, first_change: 0, digest: '', lines, new_text: '' };
}

function show(edited: HunkView): string[] {
  const signs = { context: ' ', removed: '-', added: '+' };
  return edited.lines.map(
    (line) => `${line.old_no ?? '..'} ${line.new_no ?? '..'} ${signs[line.kind]}${line.text}`,
  );
}

test('the text a person wrote stands where the added lines stood', () => {
  expect(show(editedHunk(hunk([' a', '-b', '+c', ' d']), 'x\ny'))).toEqual([
    '10 10  a',
    '11 .. -b',
    '.. 11 +x',
    '.. 12 +y',
    '12 13  d',
  ]);
});

test('an empty text puts in nothing', () => {
  expect(show(editedHunk(hunk([' a', '-b', '+c', '+d', ' e']), ''))).toEqual([
    '10 10  a',
    '11 .. -b',
    '12 11  e',
  ]);
});

test('an insertion keeps its place', () => {
  expect(show(editedHunk(hunk([' a', '+new', ' b']), 'other'))).toEqual([
    '10 10  a',
    '.. 11 +other',
    '11 12  b',
  ]);
});

test('a removal can be given something in its place', () => {
  expect(show(editedHunk(hunk([' a', '-b', ' c']), 'kept'))).toEqual([
    '10 10  a',
    '11 .. -b',
    '.. 11 +kept',
    '12 12  c',
  ]);
});

test('of a hunk that is not all there only the text the person wrote is shown', () => {
  const cut = { ...hunk(['-a', '-b', '+c']), line_count: 900, removed: 450 };
  const edited = editedAlone(cut, 'x\ny');
  expect(show(edited)).toEqual(['.. .. +x', '.. .. +y']);
  expect(edited).toMatchObject({ line_count: 2, added: 2, removed: 450 });
});

test('what cannot be seen in the text a person wrote is drawn', () => {
  expect(show(editedHunk(hunk(['-b', '+c']), 'a\u202eb\r\u{e0041}\u00a0\tc'))).toEqual([
    '10 .. -b',
    '.. 10 +a\\u{202e}b\\u{d}\\u{e0041}\\u{a0}\tc',
  ]);
});
