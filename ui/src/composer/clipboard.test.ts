import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CopiedFiles } from '../bindings';
import type { Host } from '../host/host';
import { Draft } from '../state/drafts.svelte';
import { copiedFiles, mayHide, readCopiedImages } from './clipboard';

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

describe('copied files', () => {
  afterEach(() => vi.unstubAllGlobals());

  const host = (answer: () => CopiedFiles) => ({ call: async () => answer() }) as unknown as Host;
  const copied = (base64: string | null, name = 'a.png', too_large = false) => ({ name, base64, too_large });

  test.each(['the engine', 'a loop'])('are decoded by %s', async (by) => {
    const fromBase64 = by === 'a loop' ? undefined : (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
    vi.stubGlobal('Uint8Array', Object.assign(class extends Uint8Array {}, { fromBase64 }));
    const { files, problems } = await copiedFiles(host(() => ({ files: [copied('iVBO')], left_out: 0 })));
    expect([files.map((file) => file.name), problems]).toEqual([['a.png'], []]);
    expect([...Buffer.from(await files[0]!.arrayBuffer())]).toEqual([0x89, 0x50, 0x4e]);
  });

  test('that are left out are each told of', async () => {
    const files = [
      copied(null, 'gone.png'),
      copied(null, 'film.png', true),
      copied(null, ''),
      copied(null, '', true),
    ];
    const { problems } = await copiedFiles(host(() => ({ files, left_out: 5 })));
    expect(problems.map(({ message }) => message)).toEqual([
      'Couldn’t attach gone.png: it can’t be read.',
      'Couldn’t attach film.png: it’s too large.',
      'The copied picture couldn’t be read.',
      'Couldn’t attach the copied picture: it’s too large.',
      '5 more files weren’t attached.',
    ]);
  });

  test('that can’t be had keep back the prompt that waits for them', async () => {
    const refused = () => {
      throw { message: 'the clipboard can’t be read', hint: null };
    };
    const answers = [() => ({ files: [copied(null)], left_out: 0 }), () => ({ files: [], left_out: 1 }), refused];
    for (const answer of answers) {
      const draft = new Draft();
      draft.text = 'What is this?';
      void draft.addImages(readCopiedImages(host(answer)));
      expect(await draft.take().read()).toBe(false);
    }
  });
});
