import { describe, expect, test } from 'vitest';
import type { ApprovalCard } from '../../src/bindings';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardTakesKeys, inBrowser, ops } from '../fixture/window';
import * as work from '../fixture/work';

const open = inBrowser();

function asking(...approvals: ApprovalCard[]): FixtureHost {
  return new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals }) }) });
}

describe('a decision', () => {
  test('approves what is shown, by the button', async () => {
    const host = asking(diffs.patchApproval());
    const page = await open(host);
    await page.getByTestId('approve').click();
    await expect
      .poll(() => ops(host))
      .toEqual([
        { type: 'decide', call_id: 'call_patch', binding: 'first', decision: 'approved' },
      ]);
  });

  test('takes the hunks that are checked, as they were written, and the note', async () => {
    const host = asking(diffs.patchApproval());
    const page = await open(host);
    await page.getByTestId('hunk-check').nth(1).uncheck();
    await page.getByTestId('hunk-edit').nth(2).click();
    await page.getByTestId('hunk-text').fill('// mine');
    await page.getByTestId('hunk-text').press('Escape');
    await page.getByTestId('note').fill('keep the bound');
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Approve 3 of 4 hunks');
    await page.getByTestId('approve').click();
    await expect
      .poll(() => ops(host))
      .toEqual([
        {
          type: 'decide',
          call_id: 'call_patch',
          binding: 'first',
          decision: 'approved',
          note: 'keep the bound',
          hunks: { accepted: ['0.0', '1.0', '2.0'], edited: [{ id: '1.0', new_text: '// mine' }] },
        },
      ]);
  });

  test('a file is one box for its hunks, and with none there is nothing to approve', async () => {
    const host = asking(diffs.patchApproval());
    const page = await open(host);
    // the patch is shown in one place, then opened in another
    await page.getByTestId('review-open').getByText('Conversation').waitFor();
    await expect.poll(() => page.getByTestId('file-check').count()).toBe(3);
    for (const check of await page.getByTestId('file-check').all()) await check.uncheck();
    await expect.poll(() => page.getByTestId('approve').isDisabled()).toBe(true);
    await expect.poll(() => page.getByTestId('approve-session').isDisabled()).toBe(true);
    await page.getByTestId('deny').click();
    await expect.poll(() => ops(host)).toMatchObject([{ decision: 'denied' }]);
  });

  test('keys decide only outside of text, and Enter decides nothing', async () => {
    const host = asking(work.commandApproval());
    const page = await open(host);
    await page.getByTestId('note').fill('');
    await page.getByTestId('note').pressSequentially('asd');
    await page.getByTestId('composer').pressSequentially('asd');
    await page.getByTestId('approval').focus();
    await cardTakesKeys(page);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+a');
    expect(ops(host)).toEqual([]);
    await page.keyboard.press('s');
    await expect
      .poll(() => ops(host))
      .toEqual([
        {
          type: 'decide',
          call_id: 'call_command',
          binding: 'first',
          decision: 'approved_for_session',
          note: 'asd',
        },
      ]);
  });

  test('a key typed before the card came up does not answer it', async () => {
    const host = new FixtureHost(data.app(), {
      s1: data.session({ view: data.view({ status: 'running' }) }),
    });
    const page = await open(host);
    await page.getByTestId('transcript').focus();
    // the key is pressed in the very frame in which the card is painted
    await page.evaluate(() => {
      new MutationObserver(() => {
        if (!document.querySelector('[data-testid=approval]')) return;
        document.activeElement?.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'a', bubbles: true, cancelable: true }),
        );
        document.title = 'pressed';
      }).observe(document.body, { childList: true, subtree: true });
    });
    host.change({ type: 'session', session: data.view({ approvals: [work.commandApproval()] }) });
    await page.waitForFunction(() => document.title === 'pressed');
    expect(ops(host)).toEqual([]);
    await cardTakesKeys(page);
    await page.keyboard.press('d');
    await expect.poll(() => ops(host)).toMatchObject([{ decision: 'denied' }]);
  });

  test('the keys of hunks move, check and edit', async () => {
    const host = asking(diffs.patchApproval());
    const page = await open(host);
    await page.getByTestId('approval').focus();
    await cardTakesKeys(page);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    await page.keyboard.press('k');
    await page.keyboard.press('e');
    await page.getByTestId('hunk-text').fill('');
    await page.keyboard.press('Escape');
    await page.getByTestId('approval').focus();
    await page.keyboard.press('a');
    await expect
      .poll(() => ops(host))
      .toMatchObject([
        { hunks: { accepted: ['0.0', '0.1', '2.0'], edited: [{ id: '0.1', new_text: '' }] } },
      ]);
  });

  test('Space acts on the hunk that is highlighted, whatever was clicked before', async () => {
    const host = asking(diffs.patchApproval());
    const page = await open(host);
    await cardTakesKeys(page);
    const highlighted = () => page.locator('.hunk.current').getAttribute('data-hunk');
    const checked = () => page.getByTestId('hunk-check').evaluateAll((all) => all.map((box) => (box as HTMLInputElement).checked));
    // off and on again, so that only the focus is left of it
    await page.getByTestId('file-check').nth(1).click();
    await page.getByTestId('file-check').nth(1).click();
    await expect.poll(() => page.locator('.hunk.current').count()).toBe(0);
    await page.keyboard.press('Space');
    await expect.poll(() => checked()).toEqual([true, true, false, true]);
    await page.keyboard.press('Space');
    await page.keyboard.press('j');
    await expect.poll(() => highlighted()).toBe('1.0');
    await page.keyboard.press('k');
    await expect.poll(() => highlighted()).toBe('0.1');
    await page.keyboard.press('Space');
    await expect.poll(() => checked()).toEqual([true, false, true, true]);
    // another box, and a button, by the mouse
    await page.getByTestId('hunk-check').nth(3).click();
    await expect.poll(() => highlighted()).toBe('2.0');
    await page.keyboard.press('k');
    await expect.poll(() => highlighted()).toBe('1.0');
    await page.keyboard.press('Space');
    await page.getByTestId('hunk').nth(0).locator('.header').hover();
    await page.getByTestId('deny').focus();
    await page.keyboard.press('k');
    await page.keyboard.press('Space');
    await expect.poll(() => checked()).toEqual([true, true, false, false]);
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Approve 2 of 4 hunks');
    await page.keyboard.press('a');
    await expect.poll(() => ops(host)).toMatchObject([{ hunks: { accepted: ['0.0', '0.1'] } }]);
  });

  test('shows the whole command, and exactly what a session rule would allow', async () => {
    const host = asking(work.commandApproval());
    const page = await open(host);
    const { body, session_rule } = work.commandApproval();
    if (body.type !== 'command') throw new Error('not a command');
    await expect.poll(() => page.getByTestId('command-text').textContent()).toBe(`$ ${body.display}`);
    await expect.poll(() => page.getByTestId('session-rule').textContent()).toContain(session_rule);
  });

  test('a command that can be allowed in part has its buttons in a row, and what lasts in a menu with its rules and keys', async () => {
    const approval = work.offeringApproval();
    if (approval.body.type === 'command') approval.body.preview = { type: 'possible' };
    const host = asking(approval);
    const page = await open(host);
    await cardTakesKeys(page);
    const tops = () =>
      page
        .locator('[data-testid=approval] footer .buttons > button')
        .evaluateAll((all) => [...new Set(all.map((each) => Math.round(each.getBoundingClientRect().top)))]);
    await page.getByTestId('preview').waitFor();
    await expect.poll(async () => (await tops()).length).toBe(1);
    await expect.poll(() => page.getByTestId('session-rule').textContent()).toContain('without the sandbox');
    await expect.poll(() => page.getByTestId('saved-rule').textContent()).toContain('`cargo test`');
    await page.getByTestId('approve-more').click();
    const forSession = page.getByTestId('approve-session');
    await expect.poll(() => forSession.textContent()).toContain('without the sandbox');
    await expect.poll(() => forSession.locator('kbd').textContent()).toBe('S');
    await expect.poll(() => page.getByTestId('approve-rule').textContent()).toContain('`cargo test`');
    const menu = await page.getByRole('menu').boundingBox();
    expect(menu!.x).toBeGreaterThanOrEqual(0);
    expect(menu!.y).toBeGreaterThanOrEqual(0);
    // as Enter does on the card, it decides nothing until an entry is chosen
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(ops(host)).toEqual([]);
    await page.getByTestId('approve-more').click();
    await page.getByTestId('approve-rule').click();
    await expect.poll(() => ops(host)).toMatchObject([{ decision: 'approved_with_rule', binding: 'second' }]);
  });

  test('the key that an entry of the menu names works with the menu open and closed', async () => {
    const host = asking(work.offeringApproval());
    const page = await open(host);
    await cardTakesKeys(page);
    await page.getByTestId('approve-more').click();
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('s');
    await expect.poll(() => ops(host)).toMatchObject([{ decision: 'approved_for_session' }]);
    const other = asking(work.offeringApproval());
    const next = await open(other);
    await next.getByTestId('approval').focus();
    await cardTakesKeys(next);
    await next.keyboard.press('s');
    await expect.poll(() => ops(other)).toMatchObject([{ decision: 'approved_for_session' }]);
  });

  test('a menu closes with the card it is about', async () => {
    const host = asking(work.offeringApproval());
    const page = await open(host);
    await cardTakesKeys(page);
    await page.getByTestId('approve-more').click();
    await page.getByRole('menu').waitFor();
    host.change({
      type: 'session',
      session: data.view({ approvals: [{ ...work.offeringApproval(), call_id: 'call_other', binding: 'third' }] }),
    });
    await page.locator('[data-testid=approval][data-call=call_other]').waitFor();
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(ops(host)).toEqual([]);
  });

  test('what waits further behind is counted, and keeps what was picked when the session says something else', async () => {
    const host = asking(diffs.patchApproval(), work.commandApproval());
    const page = await open(host);
    await expect.poll(() => page.getByTestId('approval').textContent()).toContain('1 of 2');
    await page.getByTestId('hunk-check').first().uncheck();
    host.change({
      type: 'session',
      session: data.view({ approvals: [diffs.patchApproval(), work.commandApproval()], context_used: 99 }),
    });
    await page.getByRole('button', { name: 'Next decision' }).click();
    await expect.poll(() => page.getByTestId('approval').getAttribute('data-type')).toBe('command');
    await page.getByRole('button', { name: 'Previous decision' }).click();
    await expect.poll(() => page.getByTestId('hunk-check').first().isChecked()).toBe(false);
    host.change({ type: 'session', session: data.view({ status: 'running' }) });
    await page.getByTestId('approval').waitFor({ state: 'detached' });
  });

  test('a hunk of 50,000 lines scrolls, and only what is seen is there', async () => {
    const long = diffs.longHunk(50_000);
    const approval = diffs.patchApproval();
    if (approval.body.type !== 'patch') throw new Error('not a patch');
    approval.body.files = approval.body.files.slice(0, 1).map((file) => ({ ...file, hunks: [long.hunk] }));
    const host = asking(approval);
    host.on('hunk_lines', ({ from, count }) => long.lines(from, count));
    const page = await open(host);
    const scroll = page.locator('[data-testid=approval] [data-scroller]');
    for (const part of [0.5, 1, 0.25]) {
      await scroll.evaluate((element, to) => (element.scrollTop = element.scrollHeight * to), part);
      const line = Math.min(49_999, Math.round(50_000 * part) + 3);
      await scroll.getByText(`"entry-${line}"`).waitFor();
      await expect.poll(() => scroll.locator('.line').count()).toBeLessThan(120);
    }
    for (const args of host.called('hunk_lines'))
      expect(args).toMatchObject({ of: { type: 'patch', call_id: 'call_patch' }, hunk: '0.0' });
  });
});
