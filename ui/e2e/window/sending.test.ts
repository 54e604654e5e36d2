import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { inBrowser, ops } from '../fixture/window';

const open = inBrowser();
const quiet = () => new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
const prompt = (page: Page) => page.getByTestId('composer');

/** Pastes an image that the page goes on reading until it is told how that ends. */
async function pasteSlowImage(page: Page): Promise<(end: 'read' | 'fail') => Promise<void>> {
  await prompt(page).evaluate((element) => {
    const decode = window.createImageBitmap.bind(window);
    let end: (way: string) => void = () => undefined;
    const ended = new Promise<string>((resolve) => (end = resolve));
    Object.assign(window, { endImage: end });
    window.createImageBitmap = (async (image: Blob) => {
      if ((await ended) === 'fail') throw new Error('torn');
      return decode(image);
    }) as typeof window.createImageBitmap;
    // one red pixel
    const header = [66, 77, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0];
    const bytes = Uint8Array.from([...header, ...Array<number>(24).fill(0), 0, 0, 255, 0]);
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], 'dot.bmp', { type: 'image/bmp' }));
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  });
  await page.getByText('Reading image…').waitFor();
  return (way) => page.evaluate((way) => (window as unknown as { endImage: (way: string) => void }).endImage(way), way);
}

describe('a prompt whose image is still read', () => {
  test('is sent as it was when Send was pressed, and what is typed meanwhile is the next one', async () => {
    const host = quiet();
    const page = await open(host);
    await prompt(page).fill('What is this?');
    const end = await pasteSlowImage(page);
    await prompt(page).press('Enter');
    await page.getByText('Sends when the image is read…').waitFor();
    await prompt(page).pressSequentially('and then');
    await expect.poll(() => [...host.drafts.values()].join()).toContain('What is this?\\nand then');
    expect(ops(host)).toEqual([]);
    await end('read');
    await expect.poll(() => ops(host)).toMatchObject([
      { items: [{ type: 'text', text: 'What is this?' }, { type: 'image', image_url: expect.stringMatching(/^data:image\/png/) }] },
    ]);
    await expect.poll(() => prompt(page).inputValue()).toBe('and then');
    await expect.poll(() => page.getByText('Sends when the image is read…').count()).toBe(0);
    await expect.poll(() => [...host.drafts.values()].join()).not.toContain('What is this?');
    await prompt(page).press('Enter');
    await expect.poll(() => ops(host).at(-1)).toMatchObject({ items: [{ type: 'text', text: 'and then' }] });
  });

  test('is not sent without it when it can’t be read: the text stays, and the error names the file', async () => {
    const host = quiet();
    const page = await open(host);
    await prompt(page).fill('What is this?');
    const end = await pasteSlowImage(page);
    await page.getByTestId('send').click();
    await end('fail');
    await page.getByTestId('toast').filter({ hasText: 'Couldn’t attach dot.bmp: it can’t be opened as an image.' }).waitFor();
    await expect.poll(() => prompt(page).inputValue()).toBe('What is this?');
    expect(ops(host)).toEqual([]);
    // the person may do without it
    await page.getByTestId('send').click();
    await expect.poll(() => ops(host)).toMatchObject([{ items: [{ type: 'text', text: 'What is this?' }] }]);
  });
});

test('a prompt is not sent without a copied picture that does not come', async () => {
  const host = quiet();
  let give: () => void = () => undefined;
  const picture = { name: '', base64: null, too_large: false };
  host.on('copied_files', () => new Promise((resolve) => (give = () => resolve({ files: [picture], left_out: 2 }))));
  const page = await open(host);
  await prompt(page).fill('What is this?');
  await prompt(page).evaluate((field) => {
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true }));
  });
  await expect.poll(() => host.called('copied_files').length).toBe(1);
  await prompt(page).press('Enter');
  await page.getByText('Sends when the image is read…').waitFor();
  give();
  for (const hasText of ['The copied picture couldn’t be read.', '2 more files weren’t attached.'])
    await page.getByTestId('toast').filter({ hasText }).waitFor();
  await expect.poll(() => prompt(page).inputValue()).toBe('What is this?');
  expect(ops(host)).toEqual([]);
});

test('a prompt that the host refuses comes back, also when an image was attached or a text typed meanwhile', async () => {
  const host = quiet();
  let refuse: () => void = () => undefined;
  host.on('submit', () => new Promise((_, reject) => (refuse = () => reject(new Error('the disk is full')))));
  const page = await open(host);
  await prompt(page).fill('first');
  await prompt(page).press('Enter');
  await expect.poll(() => host.called('submit').length).toBe(1);
  const end = await pasteSlowImage(page);
  refuse();
  await expect.poll(() => prompt(page).inputValue()).toBe('first');
  await end('read');
  await page.getByAltText('Attached image 1').waitFor();
  await prompt(page).press('Enter');
  await expect.poll(() => host.called('submit').length).toBe(2);
  await prompt(page).pressSequentially('second');
  refuse();
  await expect.poll(() => prompt(page).inputValue()).toBe('first\nsecond');
  await page.getByAltText('Attached image 1').waitFor();
});

test('a command that can’t be used stays in the prompt, and its error is told', async () => {
  const host = quiet();
  host.on('expand_prompt', () => {
    throw new Error('the command /fix needs an argument');
  });
  const page = await open(host);
  await prompt(page).fill('/fix ');
  await prompt(page).press('Enter');
  await page.getByTestId('toast').filter({ hasText: 'command /fix needs an argument' }).waitFor();
  await expect.poll(() => prompt(page).inputValue()).toBe('/fix');
  expect(ops(host)).toEqual([]);
});
