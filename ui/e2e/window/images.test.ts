import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { inBrowser, ops } from '../fixture/window';

const open = inBrowser();
const quiet = () => new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });

/** A file that the page makes: noise of so many pixels as an image of a type, or bytes. */
interface Made {
  name: string;
  /** Type that the system says it has. */
  type: string;
  noise?: { width: number; height: number; as: 'image/png' | 'image/jpeg' };
  bytes?: number[];
}

/** Pastes or drops files into the prompt, and returns their sizes. */
function give(page: Page, way: 'paste' | 'drop', files: Made[]): Promise<number[]> {
  return page.getByTestId('composer').evaluate(
    async (element, { way, files }) => {
      const list = new DataTransfer();
      for (const { name, type, noise, bytes } of files) {
        let content: BlobPart = Uint8Array.from(bytes ?? []);
        if (noise) {
          const canvas = Object.assign(document.createElement('canvas'), { width: noise.width, height: noise.height });
          const pixels = new ImageData(noise.width, noise.height);
          for (let at = 0; at < pixels.data.length; at += 65_536) crypto.getRandomValues(pixels.data.subarray(at, at + 65_536));
          for (let at = 3; at < pixels.data.length; at += 4) pixels.data[at] = 255;
          canvas.getContext('2d')?.putImageData(pixels, 0, 0);
          const encoded = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, noise.as));
          if (encoded) content = encoded;
        }
        list.items.add(new File([content], name, { type }));
      }
      const event =
        way === 'paste'
          ? new ClipboardEvent('paste', { clipboardData: list, bubbles: true, cancelable: true })
          : new DragEvent('drop', { dataTransfer: list, bubbles: true, cancelable: true });
      const sizes = [...list.files].map((file) => file.size);
      element.dispatchEvent(event);
      return sizes;
    },
    { way, files },
  );
}

/** The images of the prompts sent so far, by type, size and sides. */
async function sent(page: Page, host: FixtureHost) {
  const urls = ops(host).flatMap((op) =>
    op.type === 'user_input' ? op.items.flatMap((item) => (item.type === 'image' ? [item.image_url] : [])) : [],
  );
  return Promise.all(
    urls.map(async (url) => {
      const [, type, base64 = ''] = /^data:(image\/\w+);base64,(.*)$/.exec(url) ?? [];
      const sides = await page.evaluate(async (src) => {
        const image = new Image();
        image.src = src;
        await image.decode();
        return [image.naturalWidth, image.naturalHeight];
      }, url);
      return { type, start: Buffer.from(base64.slice(0, 16), 'base64').toString('latin1'), bytes: (base64.length * 3) / 4, sides };
    }),
  );
}

const attached = (page: Page) => page.getByAltText(/^Attached image/);

describe('an image that is pasted or dropped', () => {
  test('of 8 MB is made smaller, and goes with the prompt that is sent while it is read', async () => {
    const host = quiet();
    const page = await open(host);
    await page.getByTestId('composer').fill('What is this?');
    const [size] = await give(page, 'paste', [
      { name: 'shot.png', type: 'image/png', noise: { width: 2_400, height: 1_200, as: 'image/png' } },
    ]);
    expect(size).toBeGreaterThan(8_000_000);
    await page.getByTestId('send').click();
    await expect.poll(() => ops(host).length).toBe(1);
    const [image] = await sent(page, host);
    expect(image).toMatchObject({ type: 'image/jpeg', sides: [2_000, 1_000] });
    expect(image?.bytes).toBeLessThanOrEqual(3_750_000);
    expect(ops(host)).toMatchObject([{ items: [{ type: 'text', text: 'What is this?' }, { type: 'image' }] }]);
    await expect.poll(() => attached(page).count()).toBe(0);
    await expect.poll(() => page.getByTestId('toast').count()).toBe(0);
  });

  test('has the type that its bytes say, whatever its name', async () => {
    const host = quiet();
    const page = await open(host);
    await give(page, 'drop', [
      { name: 'photo.png', type: 'image/png', noise: { width: 40, height: 30, as: 'image/jpeg' } },
      { name: 'no extension', type: '', noise: { width: 30, height: 20, as: 'image/png' } },
    ]);
    await expect.poll(() => attached(page).count()).toBe(2);
    await page.getByTestId('send').click();
    await expect.poll(() => ops(host).length).toBe(1);
    await expect.poll(() => sent(page, host)).toMatchObject([
      { type: 'image/jpeg', start: expect.stringMatching(/^\xff\xd8\xff/), sides: [40, 30] },
      { type: 'image/png', start: expect.stringMatching(/^\x89PNG/), sides: [30, 20] },
    ]);
  });

  test('of another kind that the page opens is converted', async () => {
    const host = quiet();
    const page = await open(host);
    // two red pixels, in rows of whole words
    const header = [66, 77, 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0];
    const bytes = [...header, ...Array<number>(24).fill(0), 0, 0, 255, 0, 0, 255, 0, 0];
    await give(page, 'paste', [{ name: 'old.bmp', type: 'image/bmp', bytes }]);
    await attached(page).waitFor();
    await page.getByTestId('send').click();
    await expect.poll(() => ops(host).length).toBe(1);
    await expect.poll(() => sent(page, host)).toMatchObject([{ type: 'image/png', sides: [2, 1] }]);
  });

  test('is refused by name when it is none, and the others are taken', async () => {
    const host = quiet();
    const page = await open(host);
    await give(page, 'drop', [
      { name: 'notes.png', type: 'image/png', bytes: [...Buffer.from('to do: tests')] },
      { name: 'shot.png', type: 'image/png', noise: { width: 20, height: 10, as: 'image/png' } },
      { name: 'torn.bmp', type: 'image/bmp', bytes: [66, 77, 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0] },
    ]);
    const toast = page.getByTestId('toast');
    await toast.filter({ hasText: 'Couldn’t attach notes.png: it isn’t an image.' }).waitFor();
    await toast.filter({ hasText: 'Couldn’t attach torn.bmp: it can’t be opened as an image.' }).waitFor();
    await expect.poll(() => attached(page).count()).toBe(1);
    expect(ops(host)).toEqual([]);
  });

  test('that would take gigabytes once it is opened is refused by its size, and never opened', async () => {
    const page = await open(quiet());
    await page.evaluate(() => {
      const decode = window.createImageBitmap;
      Object.assign(window, { decoded: 0 });
      window.createImageBitmap = ((source: ImageBitmapSource) => {
        Object.assign(window, { decoded: 1 });
        return decode(source);
      }) as typeof window.createImageBitmap;
    });
    const side = [0, 0, 0x75, 0x30];
    const bytes = [...Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), ...side, ...side, 8, 6, 0, 0, 0];
    await give(page, 'paste', [{ name: 'bomb.png', type: 'image/png', bytes }]);
    const toast = page.getByTestId('toast');
    await toast.filter({ hasText: 'Couldn’t attach bomb.png: it’s too large (30000 × 30000 pixels).' }).waitFor();
    await expect.poll(() => attached(page).count()).toBe(0);
    await expect.poll(() => page.evaluate(() => (window as unknown as { decoded: number }).decoded)).toBe(0);
  });

  test('beside the prompt changes nothing', async () => {
    const page = await open(quiet());
    const refused = await page.getByTestId('transcript').evaluate((element) =>
      ['dragover', 'drop'].map((type) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['x'], 'x.png'));
        return !element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      }),
    );
    expect(refused).toEqual([true, true]);
    await expect.poll(() => attached(page).count()).toBe(0);
  });
});
