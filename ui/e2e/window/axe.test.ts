import { expect, test } from 'vitest';
import { faultsOf } from '../fixture/axe';
import { launch, openPage } from '../fixture/browser';

test('a rule of axe that throws is a fault, not a pass', async () => {
  const browser = await launch();
  const { page } = await openPage(browser);
  await page.setContent('<!doctype html><html lang="en"><title>Page</title><main><h1>Some text</h1></main></html>');
  await expect.poll(() => faultsOf(page)).toEqual([]);
  await page.evaluate(() => {
    Range.prototype.getClientRects = () => {
      throw new Error('no rectangles');
    };
  });
  await expect.poll(() => faultsOf(page)).toEqual([expect.stringMatching(/^color-contrast was not checked: no rectangles/)]);
  await browser.close();
});
