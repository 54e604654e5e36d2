import type { Locator, Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HunkLinesArgs, HunkView } from '../../src/bindings';
import { launch, openPage } from '../fixture/browser';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardIsOld, inBrowser, ops } from '../fixture/window';
import * as work from '../fixture/work';

const open = inBrowser();
const WIDE = { viewport: { width: 1700, height: 900 } };

/** A host on which a patch waits that is small enough for the dock: of one file with these hunks, if given. */
function asking(...hunks: HunkView[]): FixtureHost {
  const approval = diffs.patchApproval();
  if (approval.body.type !== 'patch') throw new Error('not a patch');
  const files = approval.body.files.slice(0, 2);
  approval.body.files = hunks.length > 0 ? [diffs.file('src/range.rs', hunks)] : files;
  return new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [approval] }) }) });
}

/** A host with these hunks in Changes, each in a file of its own. */
function changed(...hunks: HunkView[]): FixtureHost {
  const files = hunks.map((hunk, at) => diffs.file(`src/file${at}.rs`, [hunk]));
  const changes = { files, added: 0, removed: 0, notes: [] };
  return new FixtureHost(data.app({ waiting: 0 }), { s1: { ...data.finished(), changes } });
}

const dock = (page: Page) => page.getByTestId('approval');
const panel = (page: Page) => page.getByTestId('changes');
const control = (within: Locator) => within.getByTestId('side-by-side');
const scroller = (within: Locator) => within.locator('[data-scroller]');
const before = (within: Locator) => within.getByRole('group', { name: 'Before: ' });
const after = (within: Locator) => within.getByRole('group', { name: 'After: ' });
const isOn = (within: Locator) => control(within).getAttribute('aria-checked');

/** Resizes the Changes panel to its greatest or least width. */
async function size(page: Page, to: 'wide' | 'narrow'): Promise<void> {
  const edge = panel(page).getByRole('separator');
  for (let step = 0; step < 40; step += 1) await edge.press(to === 'wide' ? 'ArrowLeft' : 'ArrowRight');
}

/** Number and text of each row painted on one side, in order. */
const texts = (side: Locator) => side.locator('.line').evaluateAll((all) => all.map((line) => line.textContent?.trim()));

const top = async (line: Locator) => Math.round((await line.boundingBox())?.y ?? NaN);

describe('two sides', () => {
  test('come by the pointer, pair what was with what is, and stay for the next start', async () => {
    const page = await open(asking());
    await expect.poll(() => isOn(dock(page))).toBe('false');
    await dock(page).getByText('*version && *version <').first().waitFor();
    await control(dock(page)).click();
    // the test of the sample: two lines out, three in
    const [left, right] = [before(dock(page)).nth(2), after(dock(page)).nth(2)];
    await expect.poll(() => texts(left)).toEqual([
      '17 #[test]',
      '18−fn caret_takes_the_next_major() {',
      '19−    assert!(range("^1.2").matches(&version("2.0.0")));',
      '',
      '20 }',
    ]);
    await expect.poll(() => texts(right)).toEqual([
      '17 #[test]',
      '18+fn caret_stops_before_the_next_major() {',
      '19+    assert!(!range("^1.2").matches(&version("2.0.0")));',
      '20+    assert!(range("^1.2").matches(&version("1.99.0")));',
      '21 }',
    ]);
    await expect.poll(() => left.locator('mark').allTextContents()).toEqual(['takes']);
    for (const row of [0, 1, 4])
      await expect.poll(() => top(left.locator('.line').nth(row))).toBe(await top(right.locator('.line').nth(row)));
    await page.reload();
    await after(dock(page)).first().waitFor();
    await expect.poll(() => isOn(dock(page))).toBe('true');
  });

  test('hold for every diff: of a patch, of what changed, of an undo', async () => {
    const host = asking();
    host.on('preview_undo', work.undoView);
    const page = await open(host, WIDE);
    await size(page, 'wide');
    await control(panel(page)).click();
    await after(panel(page)).first().waitFor();
    await expect.poll(() => isOn(dock(page))).toBe('true');
    host.change({ type: 'session', session: data.view({ status: 'idle', undoable: 1 }) });
    await page.getByTestId('undo-last').click();
    await after(page.getByTestId('undo-dialog')).first().waitFor();
  });

  test('come and go by the key, over an undo too, and not under what else lies over the window', async () => {
    const host = asking();
    host.on('preview_undo', work.undoView);
    const page = await open(host);
    await page.getByTestId('composer').press('Control+u');
    await after(dock(page)).first().waitFor();
    await dock(page).focus();
    await cardIsOld(page);
    await page.keyboard.press('Control+u');
    await after(dock(page)).first().waitFor({ state: 'detached' });
    expect(ops(host)).toEqual([]);
    host.change({ type: 'session', session: data.view({ status: 'idle', undoable: 1 }) });
    await page.getByTestId('undo-last').click();
    await page.getByTestId('undo-apply').waitFor();
    await page.keyboard.press('Control+u');
    await after(page.getByTestId('undo-dialog')).first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('settings-open').click();
    await page.keyboard.press('Control+u');
    await page.keyboard.press('Escape');
    await page.getByTestId('settings').waitFor({ state: 'detached' });
    await expect.poll(() => isOn(panel(page))).toBe('true');
  });

  test('are one of two segments that name both states, for the pointer and for the arrows', async () => {
    const page = await open(asking(), WIDE);
    const layouts = dock(page).getByRole('radiogroup', { name: 'Layout of diffs' });
    const [unified, split] = [layouts.getByRole('radio', { name: 'Unified' }), layouts.getByRole('radio', { name: 'Split' })];
    await expect.poll(() => layouts.innerText()).toMatch(/Unified\s*Split/);
    await expect.poll(() => unified.getAttribute('aria-checked')).toBe('true');
    // only the chosen one is on the way of Tab
    await expect.poll(() => split.getAttribute('tabindex')).toBe('-1');
    await unified.focus();
    await page.keyboard.press('ArrowRight');
    await after(dock(page)).first().waitFor();
    await expect.poll(() => split.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('ArrowRight');
    await after(dock(page)).first().waitFor({ state: 'detached' });
    await expect.poll(() => unified.evaluate((element) => element === document.activeElement)).toBe(true);
    await split.click();
    await after(dock(page)).first().waitFor();
    // the one that is chosen stays so
    await split.click();
    await expect.poll(() => split.getAttribute('aria-checked')).toBe('true');
    await unified.click();
    await after(dock(page)).first().waitFor({ state: 'detached' });
  });

  test('scroll sideways each by itself, with the keys too', async () => {
    const long = 'x'.repeat(400);
    const page = await open(asking(diffs.hunk('0.0', 1, ` a\n-${long}\n+y${long}\n b`)));
    await control(dock(page)).click();
    const [left, right] = [before(dock(page)), after(dock(page))];
    const across = (side: Locator) => side.evaluate((element) => element.scrollLeft);
    await left.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => across(left)).toBeGreaterThan(0);
    await expect.poll(() => across(right)).toBe(0);
    await right.evaluate((element) => (element.scrollLeft = 900));
    for (let row = 0; row < 3; row += 1)
      await expect.poll(() => top(left.locator('.line').nth(row))).toBe(await top(right.locator('.line').nth(row)));
  });

  test('want room: where there is none one is shown, and the control says why', async () => {
    const page = await open(asking());
    await control(dock(page)).click();
    await after(dock(page)).first().waitFor();
    // the panel beside it is far narrower
    await expect.poll(() => after(panel(page)).count()).toBe(0);
    await expect.poll(() => control(panel(page)).getAttribute('title')).toContain('no room for two sides');
    await expect.poll(() => control(dock(page)).getAttribute('title')).not.toContain('no room');
    const described = panel(page).getByTestId('diff-layout').getByText('no room for two sides');
    await expect.poll(async () => (await described.getAttribute('id')) === (await control(panel(page)).getAttribute('aria-describedby'))).toBe(true);
    await size(page, 'narrow');
    const close = await panel(page).getByRole('button', { name: 'Close Changes' }).boundingBox();
    expect((close?.x ?? NaN) + (close?.width ?? NaN)).toBeLessThanOrEqual(1280);
    await page.setViewportSize({ width: 660, height: 800 });
    await expect.poll(() => control(dock(page)).getAttribute('title')).toContain('no room for two sides');
    await dock(page).getByRole('group', { name: 'Changes in ' }).first().waitFor();
    await page.setViewportSize(WIDE.viewport);
    await after(dock(page)).first().waitFor();
    await size(page, 'wide');
    await after(panel(page)).first().waitFor();
  });

  test('are edited as one', async () => {
    const host = asking();
    const page = await open(host);
    await control(dock(page)).click();
    await page.getByTestId('hunk-edit').nth(2).click();
    await page.getByTestId('hunk-text').fill('// mine\n// all mine');
    await page.getByTestId('hunk-text').press('Escape');
    await expect.poll(() => texts(after(dock(page)).nth(2))).toEqual(['17 #[test]', '18+// mine', '19+// all mine', '20 }']);
  });
});

test('a scroll bar lies below its lines, and covers nothing that follows', async () => {
  const browser = await launch({ ignoreDefaultArgs: ['--hide-scrollbars'] });
  onTestFinished(() => browser.close());
  const { page } = await openPage(browser);
  const long = `+${'x'.repeat(400)}`;
  const many = Array.from({ length: 100 }, () => long).join('\n');
  await asking(diffs.hunk('0.0', 1, long), diffs.hunk('0.1', 1, many), diffs.hunk('0.2', 1, long)).open(page);
  /** Height of the scroll bar of each hunk, and how far it covers what follows. */
  const bars = () =>
    dock(page)
      .getByTestId('hunk')
      .evaluateAll((hunks) =>
        hunks.map((hunk) => {
          const [bar] = [...hunk.querySelectorAll<HTMLElement>('[role=group]')].slice(-1);
          if (!bar) return null;
          return {
            height: bar.offsetHeight - bar.clientHeight,
            over: bar.getBoundingClientRect().bottom - hunk.getBoundingClientRect().bottom,
          };
        }),
      );
  for (const name of ['Changes in ', 'After: ']) {
    await dock(page).getByRole('group', { name }).first().waitFor();
    await scroller(dock(page)).evaluate((element) => (element.scrollTop = element.scrollHeight));
    await expect.poll(async () => (await bars()).every((bar) => bar && bar.height > 0)).toBe(true);
    for (const bar of await bars()) expect(bar?.over).toBeLessThanOrEqual(0);
    if (name === 'Changes in ') await control(dock(page)).click();
  }
});

describe('a hunk of 50,000 lines on two sides', () => {
  const numbered = (sign: string, name: string, count: number) =>
    Array.from({ length: count }, (_, at) => `${sign}${name} ${at}`).join('\n');

  test('of a patch is painted where it is looked at, and nothing else of it is fetched', async () => {
    const long = diffs.longHunkOf('0.0', ` a\n${numbered('-', 'old', 25_000)}\n${numbered('+', 'new', 24_996)}\n b\n c`);
    const host = asking(long.hunk);
    host.on('hunk_lines', ({ from, count }) => long.lines(from, count));
    const page = await open(host);
    await control(dock(page)).click();
    for (const part of [0, 0.5, 0.25]) {
      await scroller(dock(page)).evaluate((element, to) => (element.scrollTop = element.scrollHeight * to), part);
      const line = Math.round(25_000 * part) + 3;
      const old = before(dock(page)).getByText(`old ${line}`, { exact: true });
      await old.waitFor();
      const partner = after(dock(page)).getByText(`new ${line}`, { exact: true });
      await expect.poll(() => top(partner)).toBe(await top(old));
      await expect.poll(() => dock(page).locator('.line').count()).toBeLessThan(240);
    }
    await scroller(dock(page)).evaluate((element) => (element.scrollTop = element.scrollHeight));
    await before(dock(page)).getByText('old 24999').waitFor();
    await expect
      .poll(async () => (await texts(after(dock(page)))).slice(-6))
      .toEqual(['', '', '', '', '24998 b', '24999 c']);
    expect(host.called('hunk_lines').length).toBeLessThan(12);
  });

  test('of several changes is right at its end, wherever the view jumped to', async () => {
    // a row more and a row less than pairs would take, over and over
    const text = Array.from({ length: 10_000 }, (_, at) => ` c${at}\n-o${at}\n-p${at}\n+n${at}\n d${at}`).join('\n');
    const long = diffs.longHunkOf('0.0', text);
    const host = changed(long.hunk, diffs.hunk('1.0', 1, ' x\n-the end\n+the very end'));
    host.on('hunk_lines', ({ from, count }) => long.lines(from, count));
    const page = await open(host, WIDE);
    await size(page, 'wide');
    await control(panel(page)).click();
    await after(panel(page)).first().waitFor();
    const view = scroller(panel(page));
    // into what is not known yet: a row a line, but for the 80 rows that the first 400 lines take less
    await view.evaluate((element) => (element.scrollTop = 20 * 25_000));
    const old = before(panel(page)).getByText('o5020', { exact: true });
    await old.waitFor();
    await expect.poll(() => top(after(panel(page)).getByText('n5020', { exact: true }))).toBe(await top(old));
    // the line that was jumped to stays in view while all before it moves up
    await expect.poll(() => top(old)).toBeLessThan(900);
    await expect.poll(() => panel(page).locator('.line').count()).toBeLessThan(240);
    await view.evaluate((element) => (element.scrollTop = element.scrollHeight));
    await after(panel(page)).getByText('d9999').waitFor();
    await after(panel(page)).getByText('the very end').waitFor();
    // each line was fetched once
    const pages = host.called('hunk_lines').map((args) => (args as { from: number }).from);
    expect(new Set(pages).size).toBe(pages.length);
  });

  test('keeps its place when the other view is chosen', async () => {
    const long = diffs.longHunkOf('0.0', ` a\n${numbered('-', 'old', 25_000)}\n${numbered('+', 'new', 25_000)}`);
    const host = asking(diffs.hunk('0.1', 1, ' a\n-b\n+c'), long.hunk);
    host.on('hunk_lines', ({ from, count }) => long.lines(from, count));
    const page = await open(host);
    await scroller(dock(page)).evaluate((element) => (element.scrollTop = 20 * 10_000));
    const line = dock(page).getByText('old 10000', { exact: true });
    await line.waitFor();
    const place = await top(line);
    await control(dock(page)).click();
    await before(dock(page)).getByText('old 10000', { exact: true }).waitFor();
    await expect.poll(() => top(line)).toBe(place);
    await page.keyboard.press('Control+u');
    await after(dock(page)).first().waitFor({ state: 'detached' });
    await expect.poll(() => top(line)).toBe(place);
  });
});

describe('syntax colours', () => {
  test('come for the lines in view, within the marks of changed words, on one side and on two', async () => {
    const long = diffs.longHunkOf('0.0', ` a\n${Array.from({ length: 3000 }, (_, at) => `+let x = ${at};`).join('\n')}`);
    const [marked] = long.hunk.lines.slice(1, 2);
    if (marked) marked.marks = [[4, 9]];
    const host = asking(long.hunk);
    host.on('hunk_lines', ({ from, count }) => long.lines(from, count));
    host.on('hunk_tokens', ({ from, count }) =>
      Array.from({ length: count }, (_, at) => (from + at === 0 ? [] : [[0, 3, 'keyword'], [8, 99, 'constant']])),
    );
    const page = await open(host);
    const words = dock(page).locator('.token-keyword');
    await words.first().waitFor();
    await expect.poll(() => words.first().textContent()).toBe('let');
    // a mark and a token that overlap are three pieces
    await expect.poll(() => dock(page).locator('mark').allTextContents()).toEqual(['x = ', '0']);
    await expect.poll(() => dock(page).locator('mark.token-constant').textContent()).toBe('0');
    await scroller(dock(page)).evaluate((element) => (element.scrollTop = 20 * 2000));
    await dock(page).locator('.line', { hasText: 'let x = 2000;' }).locator('.token-keyword').waitFor();
    // the other diffs in view ask for their own
    const asked = host
      .called('hunk_tokens')
      .map((args) => args as HunkLinesArgs)
      .filter((args) => args.of.type === 'patch')
      .map((args) => args.from);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThan(8);
    await control(dock(page)).click();
    await after(dock(page)).locator('.token-keyword').first().waitFor();
  });

  test('are none where the host has none, and the text is there', async () => {
    const host = asking();
    host.on('hunk_tokens', () => {
      throw new Error('no');
    });
    const page = await open(host);
    await dock(page).getByText('*version && *version <').first().waitFor();
    await expect.poll(() => host.called('hunk_tokens').length).toBeGreaterThan(0);
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
    await expect.poll(() => dock(page).locator('[class^="token-"]').count()).toBe(0);
  });
});
