import { expect, test } from 'vitest';
import { asFiles, mayHide } from './clipboard';

function data(entries: Record<string, string>, files = 0): DataTransfer {
  const fake = {
    types: Object.keys(entries),
    files: { length: files },
    getData: (type: string) => entries[type] ?? '',
  };
  return fake as unknown as DataTransfer;
}

test('a paste may hide files or a picture when it holds nothing that is one', () => {
  expect(mayHide(data({}))).toBe(true);
  expect(mayHide(data({ 'text/uri-list': '' }))).toBe(true);
  expect(mayHide(data({ 'text/uri-list': 'https://example.org' }))).toBe(false);
  expect(mayHide(data({ 'text/plain': 'a text' }))).toBe(false);
  expect(mayHide(data({ 'text/html': '<b>a</b>' }))).toBe(false);
  expect(mayHide(data({}, 1))).toBe(false);
  expect(mayHide(null)).toBe(false);
});

test('what the host read becomes files, and what it could not is named', async () => {
  const { files, unreadable } = asFiles([
    { name: 'a.png', base64: 'iVBO' },
    { name: 'gone.png', base64: null },
  ]);
  expect(unreadable).toEqual(['gone.png']);
  expect(files.map((file) => file.name)).toEqual(['a.png']);
  expect([...new Uint8Array((await files[0]?.arrayBuffer()) ?? new ArrayBuffer(0))]).toEqual([0x89, 0x50, 0x4e]);
});
