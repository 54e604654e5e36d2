import type { CommandError } from '../bindings';
import type { ReadImages } from '../state/drafts.svelte';
import { composer as text } from '../strings/composer';
import { readSides } from './imageSides';

/** Bytes of an image beyond which it is made smaller: the agent sends no larger one (`crates/agent/src/picture.rs`), and a prompt has
 *  room for several of that size. */
export const MAX_IMAGE_BYTES = 3_750_000;

/** Mebibytes of a file beyond which it isn't opened. */
const MAX_FILE_MIB = 64;

/** Pixels on a side beyond which an image isn't opened, and megapixels: what the agent opens, too. */
const MAX_OPENED_SIDE = 16_384;
const MAX_MEGAPIXELS = 64;

/** Pixels on the longer side of an image that is made smaller, as the agent would make it; halved until its bytes are few enough. */
const MAX_SIDE = 2_000;
const MIN_SIDE = 256;

const JPEG_QUALITY = 0.85;

/** Types of images that the agent takes, by how their bytes begin. */
const SIGNATURES: readonly [type: string, start: RegExp][] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
];

/** Types of images that are converted, if the page can open them. */
const CONVERTED: readonly [type: string, start: RegExp][] = [
  ['image/avif', /^[^]{4}ftypavi[fs]/],
  ['image/heic', /^[^]{4}ftyp(?:hei[cmsx]|mif1)/],
  ['image/bmp', /^BM[^]{4}\0{4}/],
  ['image/tiff', /^(?:II\*\0|MM\0\*)/],
  ['image/x-icon', /^\0\0\x01\0/],
];

/** Bytes that tell the type of an image. */
const HEAD = 16;

/** Reads the images among pasted or dropped files as `data:` URLs; `problems` says why the others are left out. The bytes of a file
 *  tell its type, whatever its name says. */
export async function readImages(files: Iterable<File>): Promise<ReadImages> {
  const urls: string[] = [];
  const problems: CommandError[] = [];
  for (const file of [...files]) {
    const read = await readImage(file);
    if (typeof read === 'string') urls.push(read);
    else problems.push(read);
  }
  return { urls, problems };
}

async function readImage(file: File): Promise<string | CommandError> {
  const name = file.name || text.unnamedFile;
  try {
    const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
    const taken = typeOf(head, SIGNATURES);
    const type = taken ?? typeOf(head, CONVERTED);
    if (type === null) return text.notImage(name);
    if (file.size > MAX_FILE_MIB * 1024 * 1024) return text.fileTooLarge(name, file.size, MAX_FILE_MIB);
    const sides = await readSides(file, type);
    if (sides === null) return text.cannotOpen(name);
    const { width, height } = sides;
    if (Math.max(width, height) > MAX_OPENED_SIDE || width * height > MAX_MEGAPIXELS * 1_000_000)
      return text.sidesTooLarge(name, width, height, MAX_OPENED_SIDE, MAX_MEGAPIXELS);
    const image = file.slice(0, file.size, type);
    if (taken !== null && file.size <= MAX_IMAGE_BYTES) return await dataUrl(image);
    const smaller = await shrink(image);
    return smaller ? await dataUrl(smaller) : text.cannotOpen(name);
  } catch {
    return text.unreadable(name);
  }
}

/** Returns the type of an image by how its bytes begin; `null` for one of none of the types. */
export function typeOf(head: Uint8Array, types: readonly [string, RegExp][] = SIGNATURES): string | null {
  const start = String.fromCharCode(...head);
  return types.find(([, signature]) => signature.test(start))?.[0] ?? null;
}

/** Scales an image down, if need be, until it is small enough; `null` if it can't be opened. */
async function shrink(image: Blob): Promise<Blob | null> {
  const bitmap = await createImageBitmap(image).catch(() => null);
  if (!bitmap) return null;
  try {
    for (let side = MAX_SIDE; ; side /= 2) {
      const encoded = await encode(bitmap, side);
      if (!encoded || encoded.size <= MAX_IMAGE_BYTES || side <= MIN_SIDE) return encoded;
    }
  } finally {
    bitmap.close();
  }
}

/** Encodes an image of at most so many pixels a side, as PNG or JPEG, whichever is smaller. */
async function encode(bitmap: ImageBitmap, side: number): Promise<Blob | null> {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  if (!context) return null;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const png = await toBlob(canvas, 'image/png');
  // JPEG has no transparency
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  const jpeg = await toBlob(canvas, 'image/jpeg');
  return png && jpeg && png.size <= jpeg.size ? png : (jpeg ?? png);
}

function toBlob(canvas: HTMLCanvasElement, type: string): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, type, JPEG_QUALITY));
}

function dataUrl(image: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(image);
  });
}
