import { describe, expect, test } from 'vitest';
import { readSides } from './imageSides';

const u16 = (value: number, little = true) => (little ? [value & 255, value >> 8] : [value >> 8, value & 255]);
const u32 = (value: number, little = true) => {
  const bytes = [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
  return little ? bytes : bytes.reverse();
};
const text = (value: string) => [...value].map((each) => each.charCodeAt(0));
const sides = (type: string, bytes: number[]) => readSides(new Blob([Uint8Array.from(bytes)]), type);

/** A segment of a JPEG with so many bytes in it. */
const segment = (marker: number, length: number) => [0xff, marker, ...u16(length + 2, false), ...Array<number>(length).fill(0xff)];

const PNG = [...text('\x89PNG\r\n\x1a\n'), ...u32(13, false), ...text('IHDR'), ...u32(30_000, false), ...u32(20_000, false)];
const FRAME = [0xff, 0xc2, ...u16(17, false), 8, ...u16(600, false), ...u16(800, false)];
const GIF = [...text('GIF89a'), ...u16(3), ...u16(2), 0x80, 0, 0, ...Array<number>(6).fill(0)];
const COMMENT = [0x21, 0xfe, 3, 1, 2, 3, 2, 1, 2, 0];
const WEBP = [...text('RIFF'), ...u32(100), ...text('WEBP')];
const BMP = [...text('BM'), ...u32(0), ...u32(0), ...u32(54)];

describe('the sides of an image', () => {
  test.each<[string, string, number[], number, number]>([
    ['PNG', 'image/png', PNG, 30_000, 20_000],
    ['JPEG', 'image/jpeg', [0xff, 0xd8, ...FRAME], 800, 600],
    ['JPEG behind 5 MB of segments', 'image/jpeg', [0xff, 0xd8, ...Array.from({ length: 80 }, () => segment(0xe1, 65_000)).flat(), 0xff, ...FRAME], 800, 600],
    ['GIF', 'image/gif', [...GIF, ...COMMENT, 0x2c, ...u16(0), ...u16(0), ...u16(1), ...u16(1)], 3, 2],
    ['GIF with a frame larger than its screen', 'image/gif', [...GIF, ...COMMENT, 0x2c, ...u16(0), ...u16(0), ...u16(60_000), ...u16(50_000)], 60_000, 50_000],
    ['lossy WebP', 'image/webp', [...WEBP, ...text('VP8 '), ...u32(9), 0, 0, 0, 0x9d, 1, 0x2a, ...u16(640), ...u16(480)], 640, 480],
    ['lossless WebP', 'image/webp', [...WEBP, ...text('VP8L'), ...u32(9), 0x2f, ...u32(639 | (479 << 14)), 0, 0, 0, 0, 0], 640, 480],
    ['extended WebP', 'image/webp', [...WEBP, ...text('VP8X'), ...u32(10), ...u32(0), ...u32(99_999).slice(0, 3), ...u32(4).slice(0, 3)], 100_000, 5],
    ['BMP', 'image/bmp', [...BMP, ...u32(40), ...u32(40_000), ...u32(-7)], 40_000, 7],
    ['BMP of old', 'image/bmp', [...BMP, ...u32(12), ...u16(9), ...u16(8), 0, 0, 0, 0], 9, 8],
    ['TIFF', 'image/tiff', [...text('MM\0*'), ...u32(8, false), ...u16(2, false), ...[256, 4].flatMap((each) => u16(each, false)), ...u32(1, false), ...u32(70_000, false), ...[257, 3].flatMap((each) => u16(each, false)), ...u32(1, false), ...u16(90, false), 0, 0], 70_000, 90],
    ['AVIF of parts', 'image/avif', [...u32(0), ...text('ftypavif'), ...[512, 9_000].flatMap((side) => [...u32(20, false), ...text('ispe'), ...u32(0), ...u32(side, false), ...u32(side, false)])], 9_000, 9_000],
  ])('%s', async (_, type, bytes, width, height) => {
    expect(await sides(type, bytes)).toEqual({ width, height });
  });

  test.each<[string, string, number[]]>([
    ['a PNG that is cut off', 'image/png', PNG.slice(0, 20)],
    ['a PNG without a header', 'image/png', [...PNG.slice(0, 12), ...text('IDAT'), ...PNG.slice(16)]],
    ['a JPEG that is cut off', 'image/jpeg', [0xff, 0xd8, ...segment(0xe1, 10)]],
    ['a JPEG of fill bytes', 'image/jpeg', [0xff, 0xd8, ...Array<number>(10_000).fill(0xff)]],
    ['a JPEG that scans before a frame', 'image/jpeg', [0xff, 0xd8, ...segment(0xda, 10), ...FRAME]],
    ['a GIF without a frame', 'image/gif', [...GIF, ...COMMENT, 0x3b]],
    ['a GIF whose comment never ends', 'image/gif', [...GIF, 0x21, 0xfe, ...Array<number>(10_000).fill(1)]],
    ['a WebP of an unknown kind', 'image/webp', [...WEBP, ...text('ABCD'), ...u32(9)]],
    ['a BMP that is cut off', 'image/bmp', BMP],
    ['no side', 'image/bmp', [...BMP, ...u32(40), ...u32(0), ...u32(7)]],
    ['a TIFF whose directory is elsewhere', 'image/tiff', [...text('II*\0'), ...u32(0xfffffff0)]],
    ['an AVIF without sizes', 'image/avif', text('    ftypavif')],
    ['another type', 'image/svg+xml', text('<svg')],
  ])('are unknown of %s', async (_, type, bytes) => {
    expect(await sides(type, bytes)).toBeNull();
  });
});
