import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { inBrowser, ops } from '../fixture/window';

const open = inBrowser();

function host(): FixtureHost {
  return new FixtureHost(data.app({ waiting: 0 }), { s1: data.session(), s2: data.session() });
}

/** Pastes a text as the system does. */
async function paste(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').evaluate((field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

describe('what is not sent yet', () => {
  test('a prompt comes back after a restart, and what was sent does not', async () => {
    const one = host();
    const page = await open(one);
    await page.getByTestId('composer').fill('half a thought');
    await expect.poll(() => one.drafts.size).toBe(1);
    await page.reload();
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('half a thought');
    await page.getByTestId('composer').press('Enter');
    await expect.poll(() => ops(one).length).toBe(1);
    await expect.poll(() => one.drafts.size).toBe(0);
    await page.reload();
    await page.getByTestId('composer').waitFor();
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('');
  });

  test('a prompt is saved before the app quits, and before its window closes', async () => {
    const one = host();
    const page = await open(one);
    const calls = () => one.calls.map(({ name }) => name).filter((name) => ['save_draft', 'quit', 'close_window'].includes(name));
    await page.getByTestId('composer').fill('half a thought');
    await page.keyboard.press('Control+q');
    await expect.poll(() => one.called('quit').length).toBe(1);
    expect(calls()).toEqual(['save_draft', 'quit']);
    one.on('close_question_shown', () => true);
    one.send({ type: 'close_requested', request: 1, working: 1, waiting: 0, tray: true });
    await page.getByTestId('close-keep').waitFor();
    await page.getByTestId('composer').evaluate((field: HTMLTextAreaElement) => {
      field.value = 'a whole one';
      field.dispatchEvent(new Event('input', { bubbles: true }));
      document.querySelector<HTMLElement>('[data-testid=close-keep]')?.click();
    });
    await expect.poll(() => one.called('close_window').length).toBe(1);
    expect(calls().slice(2)).toEqual(['save_draft', 'close_window']);
  });

  test('a prompt that another window saved is there when the page comes up', async () => {
    const one = host();
    const page = await open(one);
    await page.getByTestId('composer').fill('half a thought');
    await expect.poll(() => one.drafts.size).toBe(1);
    for (const [kept, shown] of [['{"text":"a whole one"}', 'a whole one'], [null, '']] as const) {
      if (kept === null) one.drafts.clear();
      else one.drafts.set('prompt s1', kept);
      await page.evaluate(() => window.dispatchEvent(new Event('focus')));
      await expect.poll(() => page.getByTestId('composer').inputValue()).toBe(shown);
    }
    expect([...one.drafts]).toEqual([]);
  });

  test('a review comes back after a restart, and is forgotten with its card', async () => {
    const one = new FixtureHost(data.app(), {
      s1: data.session({ view: data.view({ approvals: [diffs.patchApproval()] }) }),
    });
    const page = await open(one);
    await page.getByTestId('hunk-check').nth(1).uncheck();
    await page.getByTestId('hunk-edit').nth(2).click();
    await page.getByTestId('hunk-text').fill('// mine');
    await page.getByTestId('note').fill('keep the bound');
    await expect.poll(() => [...one.drafts.values()].join()).toContain('keep the bound');
    await page.reload();
    await expect.poll(() => page.getByTestId('note').inputValue()).toBe('keep the bound');
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Approve 3 of 4 hunks');
    await page.getByTestId('approve').click();
    await expect.poll(() => ops(one)).toMatchObject([
      { note: 'keep the bound', hunks: { accepted: ['0.0', '1.0', '2.0'], edited: [{ new_text: '// mine' }] } },
    ]);
    one.change({ type: 'session', session: data.view({ approvals: [] }) });
    await page.getByTestId('approval').waitFor({ state: 'detached' });
    await expect.poll(() => [...one.drafts.keys()].filter((key) => key.startsWith('review'))).toEqual([]);
  });

  test('a paste of 100,000 lines is attached, can be read and taken out, and keys go on', async () => {
    const one = host();
    const page = await open(one);
    const long = Array.from({ length: 100_000 }, (_, line) => `line ${line} ${'x'.repeat(40)}\n`).join('');
    await paste(page, long);
    const chip = page.getByTestId('paste');
    await expect.poll(() => chip.textContent()).toContain('5.2 MB, 100000 lines');
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('');
    await page.getByRole('button', { name: 'Show pasted text 1' }).click();
    const dialog = page.getByTestId('paste-dialog');
    await expect.poll(() => dialog.textContent()).toContain('line 499 ');
    await expect.poll(() => dialog.textContent()).toContain('99001 lines between');
    await expect.poll(() => dialog.textContent()).toContain('line 99999 ');
    await page.keyboard.press('Escape');
    await page.getByTestId('composer').pressSequentially('what is wrong here?');
    await page.getByTestId('composer').press('Enter');
    await expect.poll(() => ops(one).length).toBe(1);
    const [sent] = ops(one);
    expect(sent).toEqual({
      type: 'user_input',
      items: [
        { type: 'text', text: 'what is wrong here?' },
        { type: 'text', text: long },
      ],
    });
    await expect.poll(() => chip.count()).toBe(0);
    await paste(page, 'a\n'.repeat(101));
    await page.getByRole('button', { name: 'Remove pasted text 1' }).click();
    await expect.poll(() => chip.count()).toBe(0);
  });
});
