import { afterEach, describe, expect, test, vi } from 'vitest';
import { readImages, typeOf } from './images';

afterEach(() => vi.unstubAllGlobals());

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

describe('an image that would take too much memory is refused before it is decoded', () => {
  const u32 = (value: number) => String.fromCharCode(value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255);
  const png = (width: number, height: number) => `\x89PNG\r\n\x1a\n\0\0\0\rIHDR${u32(width)}${u32(height)}`;
  /** A file that begins with these bytes, and says that it has so many. */
  const file = (name: string, head: string, size: number) =>
    Object.defineProperty(new File([bytes(head)], name), 'size', { value: size });

  test.each([
    [
      'a file of gigabytes',
      file('film.bmp', `BM${'\0'.repeat(30)}`, 3_200_000_000),
      {
        message: 'Couldn’t attach film.bmp: it’s too large (3.2 GB).',
        hint: 'An image can have up to 64 MiB. Save a smaller one, and attach that.',
      },
    ],
    [
      'a small file with too long a side',
      file('strip.png', png(20_000, 10), 90),
      {
        message: 'Couldn’t attach strip.png: it’s too large (20000 × 10 pixels).',
        hint: 'An image can have up to 16384 pixels a side and 64 megapixels. Scale it down or crop it, and attach that.',
      },
    ],
    [
      'a small file of too many pixels',
      file('bomb.png', png(16_000, 16_000), 90),
      {
        message: 'Couldn’t attach bomb.png: it’s too large (16000 × 16000 pixels).',
        hint: 'An image can have up to 16384 pixels a side and 64 megapixels. Scale it down or crop it, and attach that.',
      },
    ],
    [
      'one whose sides are nowhere',
      file('torn.png', png(1, 1).slice(0, 18), 90),
      {
        message: 'Couldn’t attach torn.png: it can’t be opened as an image.',
        hint: 'Save it as PNG or JPEG, and attach that.',
      },
    ],
  ])('%s', async (_, file, problem) => {
    const decode = vi.fn();
    vi.stubGlobal('createImageBitmap', decode);
    vi.stubGlobal('FileReader', decode);
    expect(await readImages([file])).toEqual({ urls: [], problems: [problem] });
    expect(decode).not.toHaveBeenCalled();
  });
});
