import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardTakesKeys, inBrowser, ops } from '../fixture/window';

const open = inBrowser();

const INDENTED = ` impl Range {
     pub fn matches(&self, version: &Version) -> bool {
-        self.lower <= *version
+        let above = self.lower <= *version;
+        above && *version < self.upper
     }
 }`;

const TABBED = ` func matches(r Range, v Version) bool {
-	return r.lower <= v
+	return r.lower <= v && v < r.upper
 }`;

/** A host with a patch of one hunk that waits. */
function asking(text: string): FixtureHost {
  const approval = diffs.patchApproval();
  if (approval.body.type === 'patch') approval.body.files = [diffs.file('src/range.rs', [diffs.hunk('0.0', 41, text)])];
  return new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [approval] }) }) });
}

/** Opens the editor of the hunk by its key. */
async function edit(page: Page): Promise<void> {
  await cardTakesKeys(page);
  await page.getByTestId('approval').focus();
  await page.keyboard.press('e');
  await page.getByTestId('hunk-text').waitFor();
}

const written = (page: Page) => page.getByTestId('hunk-text').inputValue();

/** The selected text of the editor, or where its cursor is. */
function selected(page: Page): Promise<string | number> {
  return page.getByTestId('hunk-text').evaluate((field: HTMLTextAreaElement) => {
    const { value, selectionStart, selectionEnd } = field;
    return selectionStart === selectionEnd ? selectionStart : value.slice(selectionStart, selectionEnd);
  });
}

describe('the editor of a hunk', () => {
  test('begins a line as the one before it, and indents by spaces where the file does', async () => {
    const page = await open(asking(INDENTED));
    await edit(page);
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('log(above);');
    await expect
      .poll(() => written(page))
      .toBe('        let above = self.lower <= *version;\n        log(above);\n        above && *version < self.upper');
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Tab');
    await expect
      .poll(() => written(page))
      .toBe(
        '            let above = self.lower <= *version;\n            log(above);\n            above && *version < self.upper',
      );
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await expect
      .poll(() => written(page))
      .toBe('    let above = self.lower <= *version;\n    log(above);\n    above && *version < self.upper');
    // what was selected still is
    await expect.poll(() => selected(page)).toBe(await written(page));
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('hunk-text');
  });

  test('indents by tabs where the file does', async () => {
    const host = asking(TABBED);
    const page = await open(host);
    await edit(page);
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('// open');
    await expect.poll(() => written(page)).toBe('\treturn r.lower <= v && v < r.upper\n\t\t// open');
    await page.keyboard.press('Escape');
    await page.keyboard.press('a');
    await expect
      .poll(() => ops(host))
      .toMatchObject([
        { hunks: { edited: [{ id: '0.0', new_text: '\treturn r.lower <= v && v < r.upper\n\t\t// open' }] } },
      ]);
  });

  test('undoes and redoes what was typed, pasted and indented, in one order', async () => {
    const page = await open(asking(INDENTED));
    await edit(page);
    const proposed = await written(page);
    await page.keyboard.press('End');
    await page.keyboard.type(' // why');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.evaluate(() => document.execCommand('insertText', false, 'pasted();'));
    const all = await written(page);
    expect(all).toContain('version; // why\n            pasted();\n');
    const steps = [];
    for (let step = 0; step < 6; step += 1) {
      await page.keyboard.press('Control+z');
      steps.push((await written(page)).split('\n').slice(0, -1).join('\n').replace(proposed.split('\n')[0] ?? '', ''));
    }
    expect(steps).toEqual([' // why\n            ', ' // why\n        ', ' // why', ' // ', ' ', '']);
    await expect.poll(() => written(page)).toBe(proposed);
    await expect.poll(() => selected(page)).toBe(proposed.indexOf('\n'));
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('Control+Shift+z');
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('Control+y');
    await expect.poll(() => written(page)).toBe(all);
    // what the engine would undo by itself, from a menu, is undone in the same order
    await page.evaluate(() => document.execCommand('undo'));
    await expect.poll(() => written(page)).toContain(' // why\n            \n');
    await page.keyboard.press('Control+z');
    await expect.poll(() => written(page)).toContain(' // why\n        \n');
  });

  test('takes the proposal back as one step that can be undone', async () => {
    const page = await open(asking(INDENTED));
    await edit(page);
    const proposed = await written(page);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('mine');
    await page.getByText('Restore proposal').click();
    await expect.poll(() => written(page)).toBe(proposed);
    await page.getByTestId('hunk-text').focus();
    await page.keyboard.press('Control+z');
    await expect.poll(() => written(page)).toBe('mine');
    await expect.poll(() => page.getByText('edited by you').count()).toBe(1);
  });

  test('keeps no focus: Escape and then Tab go on, and it says so', async () => {
    const page = await open(asking(INDENTED));
    await edit(page);
    const help = await page.getByTestId('hunk-text').getAttribute('aria-describedby');
    await expect
      .poll(() => page.locator(`[id="${help}"]`).textContent())
      .toBe('Replaces the removed lines. Leave empty to only delete them. Tab indents with 4 spaces; press Esc, then Tab, to move on.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Escape');
    await page.getByTestId('hunk-text').waitFor({ state: 'detached' });
    const place = () =>
      page.evaluate(() => {
        const at = document.activeElement;
        return at?.getAttribute('data-hunk') ?? at?.getAttribute('data-testid');
      });
    await expect.poll(place).toBe('0.0');
    await page.keyboard.press('Tab');
    await expect.poll(place).toBe('hunk-check');
  });

  test('shows what comes of it below, compared with the old lines, while it is typed', async () => {
    const host = asking(INDENTED);
    host.on('edited_hunk', ({ new_text, hunk }) => diffs.hunk(hunk, 41, ` kept\n-out\n+${new_text}\n also kept`));
    const page = await open(host);
    await edit(page);
    const result = page.getByTestId('hunk-result');
    await expect.poll(() => result.locator('.line.removed').count()).toBe(1);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('mine');
    await expect.poll(() => result.locator('.line').allTextContents()).toEqual(['4141 kept', '42−out', '42+mine', '4343 also kept']);
    await axe(page);
  });
});
