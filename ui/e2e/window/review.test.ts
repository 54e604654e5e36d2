import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { ApprovalCard, FileView } from '../../src/bindings';
import { faultsOf } from '../fixture/axe';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardTakesKeys, inBrowser, ops } from '../fixture/window';
import * as work from '../fixture/work';

const open = inBrowser();

function asking(...approvals: ApprovalCard[]): FixtureHost {
  return new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals }) }) });
}

/** A patch of 41 hunks in 10 files. */
const large = () => asking(diffs.largeApproval(10, 41));

function small(): ApprovalCard {
  const approval = diffs.patchApproval();
  if (approval.body.type === 'patch') approval.body.files = approval.body.files.slice(0, 1);
  return approval;
}

const current = (page: Page) => page.locator('.hunk.current').getAttribute('data-hunk');
const review = (page: Page) => page.getByTestId('review');

/** Waits until the review is open and can be acted on, and goes to it. */
async function ready(page: Page): Promise<void> {
  await review(page).waitFor();
  await cardTakesKeys(page);
  await page.getByTestId('approval').focus();
}

/** Whether the highlighted hunk is the focused element, and nothing else is highlighted. */
function isFocused(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const marked = document.querySelectorAll('.hunk.current, .bar.current');
    return marked.length === 1 && marked[0] === document.activeElement;
  });
}

describe('a patch in the main area', () => {
  test('opens by itself past three hunks, and by R or Enter; Escape goes back', async () => {
    const host = asking(small());
    const page = await open(host);
    await page.getByTestId('hunk').first().waitFor();
    await expect.poll(() => review(page).count()).toBe(0);
    await cardTakesKeys(page);
    await page.getByTestId('approval').focus();
    await page.keyboard.press('Enter');
    await review(page).waitFor();
    await expect.poll(() => page.locator('[data-testid=approval] [data-testid=hunk]').count()).toBe(0);
    await page.keyboard.press('Escape');
    await review(page).waitFor({ state: 'detached' });
    await page.getByTestId('approval').getByTestId('hunk').first().waitFor();
    await page.keyboard.press('r');
    await review(page).waitFor();
    await page.getByTestId('review-close').click();
    await review(page).waitFor({ state: 'detached' });
    expect(ops(host)).toEqual([]);

    host.change({ type: 'session', session: data.view({ approvals: [diffs.largeApproval(10, 41)] }) });
    await review(page).waitFor();
    // what a person has left doesn't come back by itself
    await page.keyboard.press('Escape');
    await review(page).waitFor({ state: 'detached' });
    host.change({
      type: 'session',
      session: data.view({ approvals: [diffs.largeApproval(10, 41)], context_used: 7 }),
    });
    await page.getByTestId('approval').getByTestId('hunk').first().waitFor();
    await expect.poll(() => review(page).count()).toBe(0);
  });

  test('does not take the focus from what is being typed', async () => {
    const host = asking();
    const page = await open(host);
    await page.getByTestId('composer').focus();
    host.change({ type: 'session', session: data.view({ approvals: [diffs.largeApproval(10, 41)] }) });
    await review(page).waitFor();
    await page.keyboard.type('jv ');
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('jv ');
    expect(ops(host)).toEqual([]);
  });

  test('is left beside the conversation in a wide window, and over it in a narrow one', async () => {
    const page = await open(large(), { viewport: { width: 1920, height: 1200 } });
    await review(page).waitFor();
    const left = await page.getByTestId('transcript').boundingBox();
    const right = await review(page).boundingBox();
    expect((left?.x ?? 0) + (left?.width ?? 0)).toBeLessThanOrEqual((right?.x ?? 0) + 1);
    expect(left?.width).toBeGreaterThan(380);
    await page.setViewportSize({ width: 1280, height: 800 });
    const narrow = await review(page).boundingBox();
    expect(narrow?.width).toBeGreaterThan(1000);
    await expect.poll(() => page.locator('.conversation').getAttribute('inert')).not.toBe(null);
  });

  test('what is highlighted has the focus, and every key acts on it and on nothing else', async () => {
    const host = large();
    const page = await open(host);
    await ready(page);
    // the box of a file with the mouse, then J, Space
    await page.getByTestId('file-check').nth(1).click();
    await page.getByTestId('file-check').nth(1).click();
    await expect.poll(() => page.locator('.hunk.current').count()).toBe(0);
    await page.keyboard.press('j');
    await expect.poll(() => current(page)).toBe('1.0');
    await expect.poll(() => isFocused(page)).toBe(true);
    await page.keyboard.press('Space');
    await page.keyboard.press('k');
    await expect.poll(() => current(page)).toBe('0.4');
    await expect.poll(() => isFocused(page)).toBe(true);
    await page.keyboard.press('v');
    await page.keyboard.press(']');
    const off = page.locator('[data-path="src/part1.rs"] [data-testid=hunk].off');
    await page.keyboard.press('x');
    await expect.poll(() => off.count()).toBe(4);
    await page.keyboard.press('x');
    await expect.poll(() => off.count()).toBe(0);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Shift+Tab');
    await expect.poll(() => current(page)).toBe('1.1');
    await page.keyboard.press('Space');
    await expect.poll(() => page.getByTestId('review-viewed').textContent()).toBe('1 of 41 viewed');
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Approve 40 of 41 hunks');
    await page.keyboard.press('a');
    await expect.poll(() => ops(host).length).toBe(1);
    const [op] = ops(host);
    if (op?.type !== 'decide') throw new Error('a decision');
    const all = diffs.largeApproval(10, 41).body;
    if (all.type !== 'patch') throw new Error('a patch');
    const ids = all.files.flatMap((file) => file.hunks.map((hunk) => hunk.id));
    const declined = ids.filter((id) => !op.hunks?.accepted.includes(id));
    expect(declined).toEqual(['1.1']);
  });

  test('files are filtered, gone to and left, and the mouse reaches what the keys do', async () => {
    const page = await open(large());
    await ready(page);
    await page.keyboard.press('/');
    await page.keyboard.type('part7');
    await expect.poll(() => page.getByTestId('review-entry').count()).toBe(1);
    await expect.poll(() => page.getByTestId('review-file').count()).toBe(1);
    await page.keyboard.press('Enter');
    await expect.poll(() => current(page)).toBe('7.0');
    await expect.poll(() => isFocused(page)).toBe(true);
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByTestId('review-entry').count()).toBe(10);
    await page.getByTestId('review-entry').nth(9).click();
    const bar = page.locator('[data-file-bar="src/part9.rs"]');
    await expect.poll(() => bar.evaluate((element) => element.classList.contains('current'))).toBe(true);
    await expect.poll(() => bar.evaluate((element) => element.getBoundingClientRect().top)).toBeGreaterThan(0);
    await page.keyboard.press('[');
    await page.keyboard.press('j');
    await expect.poll(() => current(page)).toBe('8.0');
    await page.getByTestId('hunk').nth(2).locator('.header').click();
    await expect.poll(() => page.locator('.hunk.current').count()).toBe(1);
  });
});

describe('read marks', () => {
  test('are by content: what changed since opens again, and the rest stays viewed, over a restart too', async () => {
    const host = large();
    const page = await open(host);
    await ready(page);
    for (let index = 0; index < 3; index += 1) {
      await page.keyboard.press('n');
      await page.keyboard.press('v');
    }
    await expect.poll(() => page.getByTestId('review-viewed').textContent()).toBe('3 of 41 viewed');
    await expect.poll(() => host.drafts.get('viewed s1')).toBeTruthy();
    // a new proposal, in which the second hunk is another one and the others have moved
    const next = diffs.largeApproval(10, 41, 'second');
    if (next.body.type !== 'patch') throw new Error('a patch');
    next.body.files.reverse();
    host.sessions.s1 = data.session({ view: data.view({ approvals: [next] }) });
    await page.reload();
    await review(page).waitFor();
    await expect.poll(() => page.getByTestId('review-viewed').textContent()).toBe('2 of 41 viewed');
  });

  test('a patch is approved only when all that would be written is viewed, if the person wants so', async () => {
    const host = asking(small());
    host.app = { ...host.app, settings: { ...host.app.settings, approve_only_viewed: true } };
    const page = await open(host);
    await ready(page);
    await expect.poll(() => page.getByTestId('approve').isDisabled()).toBe(true);
    await expect.poll(() => page.getByTestId('unread').textContent()).toContain('2 more hunks');
    await page.keyboard.press('a');
    await page.keyboard.press('j');
    await page.keyboard.press('v');
    await page.keyboard.press('k');
    // one that isn't written need not be read
    await page.keyboard.press('Space');
    await expect.poll(() => page.getByTestId('approve').isEnabled()).toBe(true);
    expect(ops(host)).toEqual([]);
    await page.keyboard.press('a');
    await expect.poll(() => ops(host)).toMatchObject([{ decision: 'approved', hunks: { accepted: ['0.1'] }, viewed: ['0.1'] }]);
  });
});

describe('comments', () => {
  test('on a hunk and on picked lines go with the decision, and survive a restart', async () => {
    const host = large();
    const page = await open(host);
    await ready(page);
    await page.keyboard.press('j');
    await page.keyboard.press('c');
    await page.keyboard.type('Why this name?');
    await page.keyboard.press('Escape');
    await expect.poll(() => isFocused(page)).toBe(true);
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await expect.poll(() => page.locator('.line.picked').count()).toBe(2);
    await page.keyboard.press('c');
    await page.keyboard.type('Keep both.');
    await page.keyboard.press('Escape');
    // an empty one is none
    await page.keyboard.press('c');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByTestId('comment').count()).toBe(2);
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Approve all 41 hunks, comment on 2');
    await expect.poll(() => page.getByTestId('deny').textContent()).toContain('Deny with 2 comments');
    await expect.poll(() => [...host.drafts.values()].join()).toContain('Keep both.');
    await page.reload();
    await review(page).waitFor();
    await expect.poll(() => page.getByTestId('comment-text').first().inputValue()).toBe('Why this name?');
    await ready(page);
    await page.keyboard.press('d');
    await expect
      .poll(() => ops(host))
      .toEqual([
        {
          type: 'decide',
          call_id: 'call_large',
          binding: 'first',
          decision: 'denied',
          comments: [
            { hunk: '0.1', from: 1, to: 3, text: 'Why this name?' },
            { hunk: '0.2', from: 1, to: 2, text: 'Keep both.' },
          ],
        },
      ]);
  });

  test('stand on the card of the patch once they are sent', async () => {
    const host = asking();
    const body = data.BODIES.find((each) => each.type === 'patch');
    if (body?.type !== 'patch') throw new Error('a patch');
    const sent = {
      path: 'src/range.rs',
      side: 'after' as const,
      line: 42,
      to_line: 43,
      quoted: ['-old', '+new'],
      more: 0,
      text: 'Why this name?',
    };
    const row = { id: 'r', at_ms: 1, body: { ...body, status: 'declined' as const, comments: [sent] } };
    host.sessions.s1 = data.session({ row: () => row, total: 1, view: data.view({ approvals: [] }) });
    const page = await open(host);
    await page.locator('[data-kind=patch] button').first().click();
    const card = page.getByTestId('sent-comment');
    await expect.poll(() => card.textContent()).toContain('You commented on src/range.rs, lines 42–43');
    await expect.poll(() => card.textContent()).toContain('Why this name?');
  });
});

describe('a hunk in part', () => {
  test('picked lines are left out and put back, and the footer says so', async () => {
    const host = asking(small());
    const page = await open(host);
    await cardTakesKeys(page);
    await page.getByTestId('approval').focus();
    await page.keyboard.press('r');
    await review(page).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    await expect.poll(() => page.getByTestId('left-out').textContent()).toBe('1 line left out');
    await expect.poll(() => page.locator('.line.off').count()).toBe(1);
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Approve all 2 hunks, 1 in part');
    await page.keyboard.press('x');
    await expect.poll(() => page.locator('.line.off').count()).toBe(0);
    // by the mouse, a range of lines by their numbers
    const numbers = page.getByTestId('hunk').nth(1).locator('.line .number:first-child');
    await numbers.nth(1).click();
    await numbers.nth(2).click({ modifiers: ['Shift'] });
    await page.keyboard.press('x');
    // all of it is the hunk itself
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Approve 1 of 2 hunks');
    await numbers.nth(2).click();
    await page.keyboard.press('x');
    await page.keyboard.press('a');
    await expect
      .poll(() => ops(host))
      .toMatchObject([
        { hunks: { accepted: ['0.0', '0.1'], edited: [], partial: [{ id: '0.1', left_out: [2] }] } },
      ]);
  });

  test('an edited hunk is shown as it differs from the old lines', async () => {
    const host = asking(small());
    host.on('edited_hunk', ({ new_text, hunk }) => diffs.hunk(hunk, 41, ` kept\n-out\n+${new_text}\n also kept`));
    const page = await open(host);
    await page.getByTestId('hunk-edit').nth(1).click();
    await page.getByTestId('hunk-text').fill('mine');
    await page.getByTestId('hunk-text').press('Escape');
    await page.getByText('also kept').waitFor();
    expect(host.called('edited_hunk')).toEqual([
      { session: 's1', call_id: 'call_patch', hunk: '0.1', new_text: 'mine' },
    ]);
  });
});

describe('the lines around hunks', () => {
  test('are shown above, below and for the whole file, with the numbers of both sides', async () => {
    const host = asking(diffs.patchApproval());
    const file = Array.from({ length: 90 }, (_, index) => `line ${index + 1} of the file`);
    host.on('context_lines', ({ from, count }) => ({ lines: file.slice(from, from + count), total: 90 }));
    const page = await open(host);
    await review(page).waitFor();
    const section = page.locator('[data-path="src/range.rs"][data-testid=review-file]');
    await section.getByText('Show all 7 lines').click();
    await section.getByText('line 7 of the file').waitFor();
    await section.getByText('Show 20 lines above').first().click();
    await section.getByText('line 40 of the file').waitFor();
    await expect.poll(() => section.getByText('line 20 of the file').count()).toBe(0);
    const numbers = section.locator('.line', { hasText: 'line 40 of the file' }).locator('.number');
    await expect.poll(() => numbers.allTextContents()).toEqual(['40', '42']);
    await section.getByTestId('whole-file').click();
    await section.getByText('line 20 of the file').waitFor();
    await section.getByText('line 90 of the file').waitFor();
    await expect.poll(() => section.getByTestId('gap').count()).toBe(0);
  });
});

describe('what changed', () => {
  test('is read in the main area too, with the same keys, and nothing of it is decided', async () => {
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
    const page = await open(host);
    await page.getByTestId('changes-review').click();
    await review(page).waitFor();
    await expect.poll(() => page.getByTestId('changes').count()).toBe(0);
    await expect.poll(() => current(page)).toBe('0.0');
    await expect.poll(() => isFocused(page)).toBe(true);
    for (const key of ['j', 'v', ' ', 'x', 'e', 'a', 'd', 'ArrowDown']) await page.keyboard.press(key);
    await expect.poll(() => current(page)).toBe('0.1');
    await expect.poll(() => page.getByTestId('review-viewed').textContent()).toBe('1 of 4 viewed');
    await expect.poll(() => page.locator('[data-testid=hunk-check], [data-testid=hunk-text]').count()).toBe(0);
    await expect.poll(() => faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await review(page).waitFor({ state: 'detached' });
    await page.getByTestId('changes').waitFor();
    expect(ops(host)).toEqual([]);
  });

  test('gives way to a patch that waits', async () => {
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
    const page = await open(host);
    await page.getByTestId('changes-review').click();
    await review(page).waitFor();
    host.change({ type: 'session', session: data.view({ approvals: [diffs.largeApproval(10, 41)] }) });
    await page.getByText('41 hunks').first().waitFor();
    await expect.poll(() => review(page).count()).toBe(1);
    await expect.poll(() => page.getByTestId('review-viewed').textContent()).toBe('0 of 41 viewed');
  });
});

describe('how a diff is shown', () => {
  test('long lines are wrapped and spaces drawn where the person wants it', async () => {
    const host = large();
    const page = await open(host);
    await review(page).waitFor();
    const line = review(page).locator('.hunk-lines .line').first();
    await page.getByTestId('draw-spaces').click();
    await expect.poll(() => review(page).locator('.line .text').first().textContent()).toContain('·');
    await page.getByTestId('wrap-lines').click();
    await expect.poll(() => line.evaluate((element) => getComputedStyle(element).whiteSpace)).toContain('pre-wrap');
  });

  test('a patch of 5,000 hunks in 500 files is there in its first frame, and only what is seen of it', async () => {
    const host = asking(work.commandApproval(), diffs.largeApproval(500, 5000));
    const page = await open(host);
    await page.getByTestId('approval').waitFor();
    await page.evaluate(() => {
      document.querySelector<HTMLElement>('[aria-label="Next decision"]')?.click();
      return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    });
    await expect.poll(() => review(page).locator('.hunk-lines .line').count()).toBeGreaterThan(20);
    await expect.poll(() => page.getByTestId('hunk').count()).toBeLessThan(200);
    await ready(page);
    await page.keyboard.press('/');
    await page.keyboard.type('part49');
    await page.keyboard.press('Enter');
    await page.keyboard.press(']');
    await page.keyboard.press('k');
    await page.keyboard.press('/');
    await page.keyboard.type('part499');
    await page.keyboard.press('Enter');
    await expect.poll(() => current(page)).toBe('499.0');
    await expect.poll(() => page.getByTestId('hunk').count()).toBeLessThan(300);
  });
});

test('axe finds nothing on the review, light and dark, narrow and wide', async () => {
  const marked = diffs.largeApproval(10, 41);
  if (marked.body.type !== 'patch') throw new Error('a patch');
  const marks: FileView['marks'] = ['protected', 'outside', 'binary', 'mode', 'lock_file', 'generated'];
  marked.body.files.forEach((file, index) => (file.marks = marks.slice(index, index + 1)));
  const screens = [
    { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
    { colorScheme: 'dark', viewport: { width: 1920, height: 1200 } },
    { colorScheme: 'light', viewport: { width: 380, height: 700 } },
  ] as const;
  for (const { colorScheme, viewport } of screens) {
      const page = await open(asking(marked), { colorScheme, viewport });
      await ready(page);
      await page.keyboard.press('j');
      await page.keyboard.press('v');
      await page.keyboard.press('c');
      await page.keyboard.type('Why?');
      await page.keyboard.press('Escape');
      await expect.poll(() => faultsOf(page)).toEqual([]);
    await page.context().close();
  }
}, 180_000);
