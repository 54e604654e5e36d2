import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { longTalk } from '../fixture/talk';
import { inBrowser } from '../fixture/window';

const open = inBrowser();
const quiet = () => new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
const width = (page: Page) => page.evaluate(() => window.innerWidth);
/** Width of the page at a zoom in percent. */
const at = (percent: number) => Math.round(128_000 / percent);

async function zoomTo150(page: Page): Promise<void> {
  for (const percent of [110, 125, 150]) {
    await page.keyboard.press('Control+=');
    await expect.poll(() => width(page)).toBe(at(percent));
  }
}

describe('zoom', () => {
  test('goes by the keys of a browser, says how far, and is kept', async () => {
    const page = await open(quiet());
    const toast = page.getByTestId('toast');
    await zoomTo150(page);
    await expect.poll(() => toast.allTextContents()).toEqual([expect.stringContaining('Zoom: 150%')]);
    // a key that needs Shift, and the number pad
    await page.keyboard.press('Control+Shift+Equal');
    await expect.poll(() => width(page)).toBe(at(175));
    await page.keyboard.press('Control+NumpadAdd');
    await page.keyboard.press('Control+NumpadAdd');
    await expect.poll(() => width(page)).toBe(at(200));
    await page.keyboard.press('Control+-');
    await expect.poll(() => width(page)).toBe(at(175));
    // brief
    await toast.waitFor({ state: 'detached', timeout: 8_000 });

    const shown: number[] = [];
    await page.exposeFunction('note', (factor: number) => shown.push(factor));
    await page.addInitScript(() => {
      const { zoomPage } = window;
      window.zoomPage = async (factor) => {
        await (window as unknown as { note: (factor: number) => Promise<void> }).note(factor);
        await zoomPage?.(factor);
      };
    });
    await page.reload();
    await page.getByTestId('composer').waitFor();
    await expect.poll(() => shown).toEqual([1.75]);
    await expect.poll(() => width(page)).toBe(at(175));
    await page.keyboard.press('Control+0');
    await expect.poll(() => width(page)).toBe(1280);
    await page.reload();
    await page.getByTestId('composer').waitFor();
    expect(shown).toEqual([1.75, 1]);
  });

  test('works over a dialog, and is among the commands', async () => {
    const page = await open(quiet());
    await page.getByTestId('settings-open').click();
    await page.keyboard.press('Control+-');
    await expect.poll(() => width(page)).toBe(at(90));
    await page.keyboard.press('Escape');
    await page.getByTestId('settings').waitFor({ state: 'detached' });
    for (const [name, percent] of [
      ['Zoom in', 100],
      ['Zoom out', 90],
      ['Actual size', 100],
    ] as const) {
      await page.keyboard.press('Control+k');
      await page.getByTestId('palette-field').fill(name);
      await page.keyboard.press('Enter');
      await page.getByTestId('palette').waitFor({ state: 'detached' });
      await expect.poll(() => width(page)).toBe(at(percent));
    }
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('Actual size');
    await expect.poll(() => page.getByRole('option', { name: 'Actual size' }).count()).toBe(0);
  });

  test('at 150 % the last row of a long conversation is reached, also from the middle', async () => {
    const { host, session } = longTalk();
    const page = await open(host);
    const last = page.locator(`[data-index="${session.total - 1}"]`);
    await last.waitFor();
    const transcript = page.getByTestId('transcript');
    const gap = () => transcript.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
    const below = async () => {
      const [row, box] = [await last.boundingBox(), await transcript.boundingBox()];
      return row && box ? row.y + row.height - (box.y + box.height) : Infinity;
    };
    await zoomTo150(page);
    // the end stays in view
    await expect.poll(gap).toBeLessThan(2);
    await expect.poll(below).toBeLessThanOrEqual(0);
    await transcript.focus();
    await page.keyboard.press('Home');
    await page.locator('[data-index="0"]').waitFor();
    await page.keyboard.press('Control+0');
    await expect.poll(() => width(page)).toBe(1280);
    await zoomTo150(page);
    await transcript.focus();
    await page.keyboard.press('End');
    await last.waitFor();
    await expect.poll(gap).toBeLessThan(2);
    await expect.poll(below).toBeLessThanOrEqual(0);
  });

  test('at 150 % a popover and a menu open beside their buttons, and within the window', async () => {
    const page = await open(quiet());
    await zoomTo150(page);
    const box = { width: at(150), height: Math.round(80_000 / 150) };
    const beside = async (button: string) => {
      const [trigger, floating] = [await page.getByTestId(button).boundingBox(), await page.locator('.floating').boundingBox()];
      if (!trigger || !floating) return 'nowhere';
      const gap = Math.max(floating.y - (trigger.y + trigger.height), trigger.y - (floating.y + floating.height));
      const overlaps = floating.x < trigger.x + trigger.width && floating.x + floating.width > trigger.x;
      const inside =
        floating.x >= 0 && floating.y >= 0 && floating.x + floating.width <= box.width && floating.y + floating.height <= box.height;
      return gap >= 0 && gap < 10 && overlaps && inside ? 'beside' : JSON.stringify({ trigger, floating });
    };
    for (const button of ['policy-chip', 'context-meter', 'project-menu']) {
      // the sidebar has its own place in a window that is as narrow as this
      if ((await page.getByTestId(button).count()) === 0) await page.keyboard.press('Control+b');
      await page.getByTestId(button).click();
      await page.locator('.floating').waitFor();
      await expect.poll(() => beside(button), { message: button }).toBe('beside');
      await page.keyboard.press('Escape');
      await page.locator('.floating').waitFor({ state: 'detached' });
    }
  });

  test('at 200 % in the smallest window the decision and the prompt are reached by scrolling', async () => {
    const host = new FixtureHost(data.app(), {
      s1: data.session({ view: data.view({ approvals: [diffs.patchApproval()] }) }),
    });
    const page = await open(host, { viewport: { width: 720, height: 480 } });
    for (let step = 0; step < 5; step += 1) await page.keyboard.press('Control+=');
    await expect.poll(() => width(page)).toBe(360);
    for (const id of ['composer', 'approve', 'deny', 'transcript']) {
      const part = page.getByTestId(id);
      await part.scrollIntoViewIfNeeded();
      const seen = () =>
        part.evaluate((element) => {
          const { left, right, top, bottom } = element.getBoundingClientRect();
          return left >= 0 && right <= window.innerWidth && bottom > 0 && top < window.innerHeight;
        });
      await expect.poll(seen, { message: id }).toBe(true);
    }
    const beyond = () => page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight);
    await expect.poll(beyond).toBe(0);
  });

  test('at 200 % a decision is within reach, and nothing lies outside the window', async () => {
    const host = new FixtureHost(data.app(), {
      s1: data.session({ view: data.view({ approvals: [diffs.patchApproval()] }) }),
    });
    const page = await open(host);
    await page.getByTestId('approve').waitFor();
    for (let step = 0; step < 5; step += 1) await page.keyboard.press('Control+=');
    await expect.poll(() => width(page)).toBe(at(200));
    await page.getByTestId('approve').hover();
    const outside = () =>
      page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return [scrollWidth - window.innerWidth, scrollHeight - window.innerHeight];
      });
    await expect.poll(outside).toEqual([0, 0]);
  });
});
