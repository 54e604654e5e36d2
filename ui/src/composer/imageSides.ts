/** Sides of an image in pixels. */
export interface Sides {
  width: number;
  height: number;
}

/** Most blocks of a file that are passed over in search of its sides. */
const MAX_BLOCKS = 2_000;

/** Bytes in which the sides of AVIF, HEIC and TIFF images are looked for. */
const SEARCHED_BYTES = 256 * 1024;

/** A part of a file; reads beyond its end are `NaN`. */
class Bytes {
  readonly #view: DataView;

  constructor(buffer: ArrayBuffer) {
    this.#view = new DataView(buffer);
  }

  get length(): number {
    return this.#view.byteLength;
  }

  u8(at: number): number {
    return at < this.length ? this.#view.getUint8(at) : NaN;
  }

  u16(at: number, little: boolean): number {
    return at + 2 <= this.length ? this.#view.getUint16(at, little) : NaN;
  }

  u32(at: number, little: boolean): number {
    return at + 4 <= this.length ? this.#view.getUint32(at, little) : NaN;
  }

  i32(at: number, little: boolean): number {
    return at + 4 <= this.length ? this.#view.getInt32(at, little) : NaN;
  }

  text(at: number, length: number): string {
    return Array.from({ length }, (_, offset) => String.fromCharCode(this.u8(at + offset))).join('');
  }
}

async function read(file: Blob, at: number, length: number): Promise<Bytes> {
  return new Bytes(await file.slice(at, at + length).arrayBuffer());
}

/** Reads the sides of an image from its header, without decoding it; `null` where the header has none. */
export async function readSides(file: Blob, type: string): Promise<Sides | null> {
  const sides = await (READERS[type] ?? none)(file);
  return sides && sides.width > 0 && sides.height > 0 ? sides : null;
}

const READERS: Record<string, (file: Blob) => Promise<Sides | null>> = {
  'image/png': png,
  'image/jpeg': jpeg,
  'image/gif': gif,
  'image/webp': webp,
  'image/bmp': bmp,
  'image/tiff': tiff,
  'image/avif': heif,
  'image/heic': heif,
  // a side of an icon is a byte, and browsers hold the images in it to what is said there
  'image/x-icon': () => Promise.resolve({ width: 256, height: 256 }),
};

function none(): Promise<null> {
  return Promise.resolve(null);
}

/** PNG (RFC 2083, 3.2 and 4.1.1): the header chunk is the first. */
async function png(file: Blob): Promise<Sides | null> {
  const bytes = await read(file, 0, 24);
  return bytes.text(12, 4) === 'IHDR' ? { width: bytes.u32(16, false), height: bytes.u32(20, false) } : null;
}

/** JPEG (ITU T.81, B.1): segments with their lengths, of which a start of frame has the sides. */
async function jpeg(file: Blob): Promise<Sides | null> {
  let at = 2;
  for (let block = 0; block < MAX_BLOCKS; block += 1) {
    const bytes = await read(file, at, 9);
    if (bytes.u8(0) !== 0xff) return null;
    const marker = bytes.u8(1);
    if (marker === 0xff) {
      // a byte that fills up
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: bytes.u16(7, false), height: bytes.u16(5, false) };
    const length = bytes.u16(2, false);
    // the scan begins, or the image ends, before a frame
    if (marker === 0xda || marker === 0xd9 || !(length >= 2)) return null;
    at += 2 + length;
  }
  return null;
}

/** GIF89a: the first frame counts as well as the screen, which browsers make as large as that. */
async function gif(file: Blob): Promise<Sides | null> {
  const head = await read(file, 0, 13);
  const screen = { width: head.u16(6, true), height: head.u16(8, true) };
  const table = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + table(head.u8(10));
  for (let block = 0; block < MAX_BLOCKS; block += 1) {
    const bytes = await read(file, at, 10);
    if (bytes.u8(0) === 0x2c) {
      const width = bytes.u16(1, true) + bytes.u16(5, true);
      const height = bytes.u16(3, true) + bytes.u16(7, true);
      return { width: Math.max(screen.width, width), height: Math.max(screen.height, height) };
    }
    if (bytes.u8(0) !== 0x21) return null;
    at += 2;
    for (let size = bytes.u8(2); size !== 0; block += 1) {
      if (!(size > 0) || block >= MAX_BLOCKS) return null;
      at += 1 + size;
      size = (await read(file, at, 1)).u8(0);
    }
    at += 1;
  }
  return null;
}

/** WebP (RFC 9649, 2.5 to 2.7): lossy, lossless or extended. */
async function webp(file: Blob): Promise<Sides | null> {
  const bytes = await read(file, 0, 30);
  const u24 = (at: number) => bytes.u8(at) + bytes.u16(at + 1, true) * 256;
  switch (bytes.text(12, 4)) {
    case 'VP8 ':
      return { width: bytes.u16(26, true) & 0x3fff, height: bytes.u16(28, true) & 0x3fff };
    case 'VP8L': {
      const packed = bytes.u32(21, true);
      return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: u24(24) + 1, height: u24(27) + 1 };
    default:
      return null;
  }
}

/** BMP: a header of 12 bytes has short sides; in others a negative height is that of an image from top to bottom. */
async function bmp(file: Blob): Promise<Sides | null> {
  const bytes = await read(file, 0, 26);
  if (bytes.u32(14, true) === 12) return { width: bytes.u16(18, true), height: bytes.u16(20, true) };
  return { width: Math.abs(bytes.i32(18, true)), height: Math.abs(bytes.i32(22, true)) };
}

/** TIFF 6.0: the fields of the first directory, of which 256 and 257 are the sides. */
async function tiff(file: Blob): Promise<Sides | null> {
  const bytes = await read(file, 0, SEARCHED_BYTES);
  const little = bytes.u8(0) === 0x49;
  const from = bytes.u32(4, little);
  const field = (wanted: number) => {
    for (let at = from + 2; at < from + 2 + 12 * bytes.u16(from, little); at += 12) {
      if (bytes.u16(at, little) === wanted)
        return bytes.u16(at + 2, little) === 3 ? bytes.u16(at + 8, little) : bytes.u32(at + 8, little);
    }
    return NaN;
  };
  return { width: field(256), height: field(257) };
}

/** AVIF and HEIC (ISO/IEC 23008-12, 6.5.3): each image in the file has an `ispe` property, also the parts of one. */
async function heif(file: Blob): Promise<Sides | null> {
  const bytes = await read(file, 0, SEARCHED_BYTES);
  let largest: Sides | null = null;
  for (let at = 0; at + 16 <= bytes.length; at += 1) {
    if (bytes.u8(at) !== 0x69 || bytes.text(at, 4) !== 'ispe') continue;
    const sides = { width: bytes.u32(at + 8, false), height: bytes.u32(at + 12, false) };
    if (!largest || sides.width * sides.height > largest.width * largest.height) largest = sides;
  }
  return largest;
}
