import { describe, expect, test } from 'vitest';
import { readImages, typeOf } from './images';

const bytes = (text: string) => Uint8Array.from(text, (each) => each.charCodeAt(0));

describe('the type of an image', () => {
  test.each([
    ['\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png'],
    ['\xff\xd8\xff\xe0\0\x10JFIF', 'image/jpeg'],
    ['GIF89a\x01\0\x01\0', 'image/gif'],
    ['RIFF\n\r\0\0WEBPVP8 ', 'image/webp'],
    ['RIFF\n\r\0\0WAVEfmt ', null],
    ['GIFs of cats', null],
    ['\x89PNG', null],
    ['<svg xmlns="http', null],
    ['', null],
  ])('%j is %s', (head, type) => {
    expect(typeOf(bytes(head))).toBe(type);
  });
});

test('what is no image is named, and so is what cannot be read', async () => {
  const unreadable = {
    name: 'gone.png',
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }),
  } as unknown as File;
  const text = new File(['to do'], 'notes.png', { type: 'image/png' });
  expect(await readImages([text, unreadable])).toEqual({
    urls: [],
    problems: [
      {
        message: 'Couldn’t attach notes.png: it isn’t an image.',
        hint: 'PNG, JPEG, GIF and WebP images can be attached.',
      },
      { message: 'Couldn’t attach gone.png: it can’t be read.', hint: null },
    ],
  });
});
