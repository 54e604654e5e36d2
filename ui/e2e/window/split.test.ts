import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardTakesKeys, inBrowser, ops } from '../fixture/window';

const open = inBrowser();

/** A function that is written anew, though only two of its lines change. */
const WHOLE = ` impl Range {
-    fn matches(&self, version: &Version) -> bool {
-        let lower = self.lower <= *version;
-        lower && *version <= self.upper
-    }
+    pub fn matches(&self, version: &Version) -> bool {
+        let lower = self.lower <= *version;
+        lower && *version < self.upper
+    }
 }`;

const SPLIT = ` impl Range {
-    fn matches(&self, version: &Version) -> bool {
+    pub fn matches(&self, version: &Version) -> bool {
         let lower = self.lower <= *version;
-        lower && *version <= self.upper
+        lower && *version < self.upper
     }
 }`;

const WITHOUT_FIRST = `    fn matches(&self, version: &Version) -> bool {
        let lower = self.lower <= *version;
        lower && *version < self.upper
    }`;

/** A host with a patch of two hunks, of which the first can be split. */
function asking(): FixtureHost {
  const approval = diffs.patchApproval();
  const hunks = [diffs.hunk('0.0', 41, WHOLE), diffs.hunk('0.1', 80, ' }\n+\n+// the end')];
  if (approval.body.type === 'patch') approval.body.files = [diffs.file('src/range.rs', hunks)];
  const host = new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [approval] }) }) });
  host.on('edited_hunk', ({ hunk }) => diffs.hunk(hunk, 41, hunk === '0.0' ? SPLIT : ' }\n+\n+// the end'));
  return host;
}

async function ready(page: Page): Promise<void> {
  await cardTakesKeys(page);
  await page.getByTestId('approval').focus();
}

const parts = (page: Page) => page.getByTestId('hunk-part');
const approve = (page: Page) => page.getByTestId('approve').textContent();

describe('a hunk with unchanged lines in it', () => {
  test('is split by its key, and its parts are left out by keys', async () => {
    const host = asking();
    const page = await open(host);
    await ready(page);
    await page.keyboard.press('t');
    await expect.poll(() => parts(page).count()).toBe(2);
    // an unchanged line is one line then
    await expect.poll(() => page.getByText('let lower').count()).toBe(1);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => parts(page).nth(0).getAttribute('class')).toContain('picked');
    await page.keyboard.press('x');
    await expect.poll(() => page.getByTestId('parts-out').textContent()).toBe('1 part left out');
    await expect.poll(() => approve(page)).toContain('Approve all 2 hunks, 1 in part');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    // all of it is the hunk itself
    await expect.poll(() => approve(page)).toContain('Approve 1 of 2 hunks');
    await page.keyboard.press('x');
    await expect.poll(() => approve(page)).toContain('Approve all 2 hunks, 1 in part');
    // nothing is joined while a part is left out
    await page.keyboard.press('t');
    await page.getByText('Put back what’s edited or left out of this hunk first.').waitFor();
    await expect.poll(() => parts(page).count()).toBe(2);
    await page.keyboard.press('a');
    await expect
      .poll(() => ops(host))
      .toMatchObject([{ hunks: { accepted: ['0.0', '0.1'], edited: [{ id: '0.0', new_text: WITHOUT_FIRST }] } }]);
  });

  test('is split and joined by the mouse, and its parts are taken by their boxes', async () => {
    const host = asking();
    const page = await open(host);
    await page.getByTestId('hunk-split').click();
    await expect.poll(() => parts(page).count()).toBe(2);
    const boxes = page.getByTestId('part-check');
    await boxes.nth(0).uncheck();
    await expect.poll(() => approve(page)).toContain('1 in part');
    await page.getByText('Put back').click();
    await expect.poll(() => boxes.nth(0).isChecked()).toBe(true);
    await page.getByTestId('hunk-split').click();
    await expect.poll(() => parts(page).count()).toBe(0);
    await ready(page);
    await page.keyboard.press('a');
    await expect.poll(() => ops(host).length).toBe(1);
    expect(ops(host)[0]).not.toHaveProperty('hunks');
  });

  test('keeps its parts over a restart, and a comment on one is on its lines', async () => {
    const host = asking();
    const page = await open(host);
    await ready(page);
    await page.keyboard.press('t');
    await expect.poll(() => parts(page).count()).toBe(2);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('c');
    await page.keyboard.type('Why open?');
    await page.keyboard.press('Escape');
    await expect.poll(() => [...host.drafts.values()].join()).toContain('Why open?');
    await page.reload();
    await expect.poll(() => parts(page).count()).toBe(2);
    await expect.poll(() => page.getByTestId('part-check').nth(0).isChecked()).toBe(false);
    await ready(page);
    await page.keyboard.press('a');
    await expect
      .poll(() => ops(host))
      .toMatchObject([
        {
          comments: [{ hunk: '0.0', from: 7, to: 7, text: 'Why open?' }],
          hunks: { edited: [{ id: '0.0', new_text: WITHOUT_FIRST }] },
        },
      ]);
  });

  test('is the only one that is split: another says why it is not', async () => {
    const page = await open(asking());
    await ready(page);
    await page.keyboard.press('j');
    await page.keyboard.press('t');
    await page.getByText('This hunk can’t be split: every line in it changes.').waitFor();
    await expect.poll(() => parts(page).count()).toBe(0);
    await expect.poll(() => page.getByTestId('hunk-split').count()).toBe(1);
  });

  test('is found by axe to be in order when it is split', async () => {
    const page = await open(asking());
    await ready(page);
    await page.keyboard.press('r');
    await page.getByTestId('review').waitFor();
    await page.keyboard.press('t');
    await expect.poll(() => parts(page).count()).toBe(2);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    await page.getByTestId('parts-out').waitFor();
    await axe(page);
  });
});
