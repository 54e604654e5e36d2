import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { inBrowser } from '../fixture/window';
import * as work from '../fixture/work';

const open = inBrowser();
const SIZES = [
  ['1280 by 800', { width: 1280, height: 800 }],
  ['380 by 800', { width: 380, height: 800 }],
] as const;

const isNarrow = (page: Page) => (page.viewportSize()?.width ?? 0) < 500;

function asking(approvals = [diffs.patchApproval()]): FixtureHost {
  const host = new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals }) }) });
  refuseAll(host);
  return host;
}

function quiet(): FixtureHost {
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
  host.on('preview_undo', work.undoView);
  refuseAll(host);
  return host;
}

/** Makes everything fail that the tests below do, with a message of two lines. */
function refuseAll(host: FixtureHost): void {
  const refuse = () => {
    throw new Error('The disk is full: nothing was written to /home/mira/code/semver-lite, and nothing was sent.');
  };
  for (const name of ['submit', 'open_file', 'patch_text', 'open_project', 'open_session'] as const) host.on(name, refuse);
}

/** Names of the controls of the page that lie under a message. */
function covered(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const controls = 'button, a, input, textarea, select, [role=radio], [role=button], [role=menuitem], [role=separator]';
    const found = new Set<string>();
    for (const toast of document.querySelectorAll('[data-testid=toast]')) {
      const box = toast.getBoundingClientRect();
      for (let x = box.left + 2; x < box.right; x += 6)
        for (let y = box.top + 2; y < box.bottom; y += 6)
          for (const element of document.elementsFromPoint(x, y)) {
            // what lies under the panel or the dialog of the message is covered by that
            if (element === toast.closest('.over, [role=dialog]')) break;
            const control = element.closest(controls);
            if (control && !control.closest('.toasts')) found.add(control.getAttribute('data-testid') ?? control.outerHTML.slice(0, 80));
          }
    }
    return [...found];
  });
}

/** Expects a message that is in the window as a whole and covers nothing. */
async function expectClear(page: Page): Promise<void> {
  const toast = page.getByTestId('toast').filter({ hasText: 'The disk is full' });
  await toast.hover();
  await expect.poll(() => toast.count()).toBe(1);
  await expect.poll(() => covered(page)).toEqual([]);
  const { width, height } = page.viewportSize()!;
  const box = (await toast.boundingBox())!;
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(width);
  expect(box.y + box.height).toBeLessThanOrEqual(height);
}

async function send(page: Page): Promise<void> {
  await page.getByTestId('composer').fill('Go on.');
  await page.getByTestId('composer').press('Enter');
}

describe.each(SIZES)('%s: a message covers no control', (_name, viewport) => {
  test('of a conversation and its changes', async () => {
    const page = await open(quiet(), { viewport });
    await send(page);
    await expectClear(page);
  });

  test('of a patch that is reviewed, and of its decision, whose buttons stay where they are', async () => {
    const page = await open(asking(), { viewport });
    await page.getByTestId('review').waitFor();
    const approve = page.getByTestId('approve');
    const before = await approve.boundingBox();
    await send(page);
    await expectClear(page);
    await expect.poll(() => approve.boundingBox()).toEqual(before);
  });

  test('of a command to decide about', async () => {
    const page = await open(asking([work.offeringApproval()]), { viewport });
    await send(page);
    await expectClear(page);
  });

  test('of Changes, wherever it is', async () => {
    const page = await open(quiet(), { viewport });
    if (isNarrow(page)) await page.keyboard.press('Control+j');
    await page.getByTestId('open-file').first().click();
    await expectClear(page);
    if (isNarrow(page)) await page.getByTestId('changes').getByTestId('toast').waitFor();
  });

  test('of the sidebar', async () => {
    const page = await open(quiet(), { viewport });
    if (isNarrow(page)) await page.keyboard.press('Control+b');
    await page.getByTestId('session-item').nth(1).click();
    await expectClear(page);
  });

  test('of the inbox', async () => {
    const page = await open(asking([work.commandApproval()]), { viewport });
    await send(page);
    await page.keyboard.press('Control+i');
    await page.getByTestId('inbox').waitFor();
    await expectClear(page);
  });

  test('of a dialog', async () => {
    const host = quiet();
    const page = await open(host, { viewport });
    await send(page);
    if (isNarrow(page)) await page.keyboard.press('Control+j');
    await page.getByTestId('undo-last').click();
    await page.getByTestId('undo-dialog').getByTestId('toast').waitFor();
    await expectClear(page);
  });

  test('of the welcome page', async () => {
    const host = new FixtureHost(data.app({ project: null, session: null, sessions: [] }));
    refuseAll(host);
    const page = await open(host, { viewport });
    await page.getByTestId('recent-item').first().click();
    await expectClear(page);
  });
});
