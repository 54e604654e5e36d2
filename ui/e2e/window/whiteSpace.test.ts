import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardTakesKeys, inBrowser, ops } from '../fixture/window';

const open = inBrowser();

const INDENTED = ` fn matches() {
-  let lower = self.lower <= *version;
-  lower && *version < self.upper
-  // open
+    let lower = self.lower <= *version;
+    lower && *version < self.upper
+    // open
 }`;

const MIXED = ` fn upper() {
-  let upper = self.upper;
-  *version <= upper
+    let upper = self.upper;
+    *version < upper
 }`;

/** A host with a patch of three hunks: of the first only the indentation changes, of the second that of one line. */
function asking(): FixtureHost {
  const approval = diffs.patchApproval();
  const hunks = [diffs.hunk('0.0', 12, INDENTED), diffs.hunk('0.1', 30, MIXED), diffs.hunk('0.2', 60, ' a\n-b\n+c')];
  if (approval.body.type === 'patch') approval.body.files = [diffs.file('src/range.rs', hunks)];
  return new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [approval] }) }) });
}

async function review(page: Page): Promise<void> {
  await cardTakesKeys(page);
  await page.getByTestId('approval').focus();
  await page.keyboard.press('r');
  await page.getByTestId('review').waitFor();
}

const fold = (page: Page) => page.getByTestId('white-space-fold');
const hunk = (page: Page, id: string) => page.locator(`[data-hunk="${id}"]`);
const changed = (page: Page, id: string) => hunk(page, id).locator('.line.added, .line.removed').count();

describe('white space', () => {
  test('is ignored by a key: a hunk of it is one line, which Enter unfolds, and counts as before', async () => {
    const host = asking();
    const page = await open(host);
    await review(page);
    await expect.poll(() => changed(page, '0.0')).toBe(6);
    await page.keyboard.press('i');
    await expect.poll(() => fold(page).textContent()).toContain('Only white space changes (3 lines)');
    await expect.poll(() => changed(page, '0.0')).toBe(0);
    await expect.poll(() => page.getByTestId('review-viewed').textContent()).toBe('0 of 3 viewed');
    await expect.poll(() => hunk(page, '0.0').locator('.bar').textContent()).toContain('+3');
    // lines of it among others keep their place, without their color
    await expect.poll(() => hunk(page, '0.1').locator('.line.white-space').count()).toBe(2);
    await expect.poll(() => changed(page, '0.1')).toBe(4);
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await expect.poll(() => changed(page, '0.0')).toBe(6);
    await expect.poll(() => fold(page).getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('Enter');
    await expect.poll(() => changed(page, '0.0')).toBe(0);
    await page.keyboard.press('a');
    await expect.poll(() => ops(host).length).toBe(1);
    // approved as a whole
    expect(ops(host)[0]).not.toHaveProperty('hunks');
  });

  test('lines that the person is at are never folded', async () => {
    const host = asking();
    const page = await open(host);
    await review(page);
    await page.keyboard.press('i');
    await fold(page).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => changed(page, '0.0')).toBe(6);
    await page.keyboard.press('x');
    await expect.poll(() => page.getByTestId('left-out').textContent()).toBe('1 line left out');
    await page.keyboard.press('j');
    await expect.poll(() => changed(page, '0.0')).toBe(6);
    await page.keyboard.press('k');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await expect.poll(() => changed(page, '0.0')).toBe(0);
    // one that is taken out is still there to be put back
    await page.keyboard.press('k');
    await page.keyboard.press('Space');
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Approve 2 of 3 hunks');
    await expect.poll(() => fold(page).count()).toBe(1);
  });

  test('is ignored over a restart once its switch is on, in the dock too', async () => {
    const host = asking();
    const page = await open(host);
    await review(page);
    await page.getByTestId('ignore-white-space').click();
    await fold(page).waitFor();
    await page.reload();
    await fold(page).waitFor();
    await cardTakesKeys(page);
    await page.keyboard.press('Escape');
    await page.getByTestId('approval').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    // Enter opens a patch in the main area, but for such a hunk
    await page.keyboard.press('Enter');
    await expect.poll(() => changed(page, '0.0')).toBe(6);
    await expect.poll(() => page.getByTestId('review').count()).toBe(0);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByTestId('review').waitFor();
    await expect.poll(() => page.getByTestId('ignore-white-space').getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('i');
    await expect.poll(() => fold(page).count()).toBe(0);
  });

  test('is ignored by a command of the palette, in what changed too', async () => {
    const files = [diffs.file('src/range.rs', [diffs.hunk('0.0', 12, INDENTED)], { sources: ['patch'] })];
    const changes = { files, added: 3, removed: 3, notes: [] };
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: { ...data.finished(), changes } });
    const page = await open(host);
    await page.getByTestId('changes-review').click();
    await page.getByTestId('review').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('ignore white');
    await page.keyboard.press('Enter');
    await fold(page).waitFor();
    await fold(page).click();
    await expect.poll(() => changed(page, '0.0')).toBe(6);
  });

  test('is folded in the side panel too, by its switch and its key, and counts as before', async () => {
    const hunks = [diffs.hunk('0.0', 12, INDENTED), diffs.hunk('0.1', 30, MIXED)];
    const changes = { files: [diffs.file('src/range.rs', hunks, { sources: ['patch'] })], added: 5, removed: 5, notes: [] };
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: { ...data.finished(), changes } });
    const page = await open(host);
    const panel = page.getByTestId('changes');
    const first = panel.getByTestId('change-hunk').first();
    const lines = () => first.locator('.line').count();
    const counts = () => panel.locator('.counts').allTextContents();
    await expect.poll(lines).toBe(8);
    const before = await counts();
    await panel.getByTestId('changes-white-space').click();
    await expect.poll(() => fold(page).textContent()).toContain('Only white space changes (3 lines)');
    await expect.poll(lines).toBe(0);
    await expect.poll(counts).toEqual(before);
    // lines of it among others keep their place, without their color
    await expect.poll(() => panel.getByTestId('change-hunk').nth(1).locator('.line.white-space').count()).toBe(2);
    await fold(page).press('Enter');
    await expect.poll(lines).toBe(8);
    // what is unfolded is folded again the next time
    await page.keyboard.press('i');
    await expect.poll(() => fold(page).count()).toBe(0);
    await expect.poll(lines).toBe(8);
    await panel.focus();
    await page.keyboard.press('i');
    await expect.poll(lines).toBe(0);
    await axe(page);
    // a key that is typed is text
    await page.getByTestId('composer').press('i');
    await expect.poll(() => fold(page).count()).toBe(1);
    // a comment shows what it is about
    await first.getByTestId('change-hunk-comment').click();
    await expect.poll(lines).toBe(8);
    await expect.poll(() => fold(page).count()).toBe(0);
  });

  test('axe finds nothing on folded and dimmed changes', async () => {
    const page = await open(asking());
    await review(page);
    await page.keyboard.press('i');
    await fold(page).waitFor();
    await axe(page);
  });
});
