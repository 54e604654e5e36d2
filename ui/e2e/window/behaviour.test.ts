import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Approval, Row, WindowOp } from '../../src/bindings';
import { launch, openPage } from '../fixture/browser';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

async function open(host: FixtureHost): Promise<Page> {
  const { page, faults } = await openPage(browser, { reducedMotion: 'reduce' });
  await host.open(page);
  await page.getByTestId('composer').waitFor();
  expect(faults).toEqual([]);
  return page;
}

/** What was submitted, in order. */
function ops(host: FixtureHost): WindowOp[] {
  return host.called('submit').map((args) => (args as { op: WindowOp }).op);
}

function asking(...approvals: Approval[]): FixtureHost {
  return new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals }) }) });
}

/** Longer than the time in which a key is taken for a slip. */
async function cardIsOld(page: Page): Promise<void> {
  const now = await page.evaluate(() => performance.now());
  await page.waitForFunction((since) => performance.now() > since + 450, now);
}

describe('a decision', () => {
  test('approves what is shown, by the button', async () => {
    const host = asking(data.patchApproval());
    const page = await open(host);
    await page.getByTestId('approve').click();
    await expect
      .poll(() => ops(host))
      .toEqual([
        { type: 'patch_approval', call_id: 'call_patch', binding: 'first', decision: { decision: 'approved' } },
      ]);
    await page.context().close();
  });

  test('takes the hunks that are checked, as they were written, and the note', async () => {
    const host = asking(data.patchApproval());
    const page = await open(host);
    await page.getByTestId('hunk-check').nth(1).uncheck();
    await page.getByTestId('hunk-edit').nth(2).click();
    await page.getByTestId('hunk-text').fill('// mine');
    await page.getByTestId('hunk-text').press('Escape');
    await page.getByTestId('note').fill('keep the bound');
    expect(await page.getByTestId('approve').textContent()).toContain('Approve 3 of 4 hunks');
    await page.getByTestId('approve').click();
    await expect
      .poll(() => ops(host))
      .toEqual([
        {
          type: 'patch_approval',
          call_id: 'call_patch',
          binding: 'first',
          decision: {
            decision: 'approved',
            note: 'keep the bound',
            hunks: { accepted: ['0.0', '1.0', '2.0'], edited: [{ id: '1.0', new_text: '// mine' }] },
          },
        },
      ]);
    await page.context().close();
  });

  test('a file is one box for its hunks, and with none there is nothing to approve', async () => {
    const host = asking(data.patchApproval());
    const page = await open(host);
    for (const check of await page.getByTestId('file-check').all()) await check.uncheck();
    expect(await page.getByTestId('approve').isDisabled()).toBe(true);
    expect(await page.getByTestId('approve-session').isDisabled()).toBe(true);
    await page.getByTestId('deny').click();
    await expect.poll(() => ops(host)).toMatchObject([{ decision: { decision: 'denied' } }]);
    await page.context().close();
  });

  test('keys decide only outside of text, and Enter decides nothing', async () => {
    const host = asking(data.commandApproval());
    const page = await open(host);
    await page.getByTestId('note').fill('');
    await page.getByTestId('note').pressSequentially('asd');
    await page.getByTestId('composer').pressSequentially('asd');
    await page.getByTestId('approval').focus();
    await cardIsOld(page);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+a');
    expect(ops(host)).toEqual([]);
    await page.keyboard.press('s');
    await expect
      .poll(() => ops(host))
      .toEqual([
        {
          type: 'exec_approval',
          call_id: 'call_command',
          binding: 'first',
          decision: 'approved_for_session',
          note: 'asd',
        },
      ]);
    await page.context().close();
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
    host.change({ type: 'session', session: data.view({ approvals: [data.commandApproval()] }) });
    await page.waitForFunction(() => document.title === 'pressed');
    expect(ops(host)).toEqual([]);
    await cardIsOld(page);
    await page.keyboard.press('d');
    await expect.poll(() => ops(host)).toMatchObject([{ decision: 'denied' }]);
    await page.context().close();
  });

  test('the keys of hunks move, check and edit', async () => {
    const host = asking(data.patchApproval());
    const page = await open(host);
    await page.getByTestId('approval').focus();
    await cardIsOld(page);
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
        { decision: { hunks: { accepted: ['0.0', '0.1', '2.0'], edited: [{ id: '0.1', new_text: '' }] } } },
      ]);
    await page.context().close();
  });

  test('shows the whole command, and exactly what a session rule would allow', async () => {
    const host = asking(data.commandApproval());
    const page = await open(host);
    const body = data.commandApproval().body;
    if (body.type !== 'command') throw new Error('not a command');
    expect(await page.getByTestId('command-text').textContent()).toBe(`$ ${body.display}`);
    expect(await page.getByTestId('session-rule').textContent()).toContain(body.session_rule);
    await page.context().close();
  });

  test('what waits further behind is counted, and keeps what was picked when the session says something else', async () => {
    const host = asking(data.patchApproval(), data.commandApproval());
    const page = await open(host);
    expect(await page.getByTestId('approval').textContent()).toContain('1 of 2');
    await page.getByTestId('hunk-check').first().uncheck();
    host.change({
      type: 'session',
      session: data.view({ approvals: [data.patchApproval(), data.commandApproval()], context_used: 99 }),
    });
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await page.getByTestId('approval').getAttribute('data-type')).toBe('command');
    await page.getByRole('button', { name: 'Previous' }).click();
    expect(await page.getByTestId('hunk-check').first().isChecked()).toBe(false);
    host.change({ type: 'session', session: data.view({ status: 'running' }) });
    await page.getByTestId('approval').waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('a hunk of 50,000 lines scrolls, and only what is seen is there', async () => {
    const long = data.longHunk(50_000);
    const approval = data.patchApproval();
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
      expect(await scroll.locator('.line').count()).toBeLessThan(120);
    }
    for (const args of host.called('hunk_lines'))
      expect(args).toMatchObject({ of: { type: 'patch', call_id: 'call_patch' }, hunk: '0.0' });
    await page.context().close();
  });
});

describe('a conversation of 100,000 rows', () => {
  const TOTAL = 100_000;
  const long = () =>
    new FixtureHost(data.app(), {
      s1: data.session({ total: TOTAL, view: data.view({ status: 'running' }) }),
    });
  const newRow = (index: number): Row => ({
    id: `n${index}`,
    at_ms: 0,
    body: {
      type: 'agent',
      blocks: [{ id: 0, block: 'paragraph', spans: [{ text: `new row ${index}` }] }],
      streaming: false,
      interrupted: false,
    },
  });
  const gap = (page: Page) =>
    page
      .getByTestId('transcript')
      .evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);

  test('opens at its end with few rows on the page, and follows what is new', async () => {
    const host = long();
    const page = await open(host);
    await page.locator(`[data-index="${TOTAL - 1}"]`).waitFor();
    expect(await page.getByTestId('row').count()).toBeLessThan(40);
    await expect.poll(() => gap(page)).toBeLessThan(2);
    for (let index = TOTAL; index < TOTAL + 30; index += 1)
      host.change({ type: 'row', index, row: newRow(index) });
    await page.getByText(`new row ${TOTAL + 29}`).waitFor();
    await expect.poll(() => gap(page)).toBeLessThan(2);
    expect(await page.getByTestId('jump').count()).toBe(0);
    await page.context().close();
  });

  test('the wheel lets go of the end; nothing but the person takes it up again', async () => {
    const host = long();
    const page = await open(host);
    await page.locator(`[data-index="${TOTAL - 1}"]`).waitFor();
    await page.getByTestId('transcript').hover();
    await page.mouse.wheel(0, -700);
    await page.getByTestId('jump').waitFor();
    await expect.poll(() => gap(page)).toBeGreaterThan(500);
    const first = () =>
      page.getByTestId('transcript').evaluate((element) => {
        const top = element.getBoundingClientRect().top;
        const row = [...element.querySelectorAll<HTMLElement>('[data-index]')].find(
          (each) => each.getBoundingClientRect().bottom > top,
        );
        return { index: row?.dataset.index, y: Math.round((row?.getBoundingClientRect().top ?? 0) - top) };
      });
    const before = await first();
    for (let index = TOTAL; index < TOTAL + 5; index += 1)
      host.change({ type: 'row', index, row: newRow(index) });
    await page.getByText('5 new items').waitFor();
    expect(await first()).toEqual(before);
    await page.getByTestId('jump').click();
    await page.getByText(`new row ${TOTAL + 4}`).waitFor();
    await expect.poll(() => gap(page)).toBeLessThan(2);
    await page.context().close();
  });

  test('what grows above the view moves nothing in it', async () => {
    const host = long();
    const page = await open(host);
    await page.locator(`[data-index="${TOTAL - 1}"]`).waitFor();
    await page.getByTestId('transcript').hover();
    // up by steps: rows that were never measured come in above, each taller or shorter than was guessed
    for (let step = 0; step < 12; step += 1) {
      const place = (index: string | undefined) =>
        page.getByTestId('transcript').evaluate((element, at) => {
          const top = element.getBoundingClientRect().top;
          const rows = [...element.querySelectorAll<HTMLElement>('[data-index]')];
          const row = at
            ? rows.find((each) => each.dataset.index === at)
            : rows.find((each) => each.getBoundingClientRect().top >= top + 100);
          return { index: row?.dataset.index, y: (row?.getBoundingClientRect().top ?? NaN) - top };
        }, index);
      const before = await place(undefined);
      await page.mouse.wheel(0, -120);
      await expect.poll(async () => Math.abs((await place(before.index)).y - before.y - 120)).toBeLessThan(3);
    }
    await page.context().close();
  });

  test('its start is fetched when it is looked at', async () => {
    const host = long();
    const page = await open(host);
    await page.getByTestId('transcript').press('Home');
    await page.locator('[data-index="0"][data-kind="user"]').waitFor();
    expect(await page.getByTestId('row').count()).toBeLessThan(40);
    await page.context().close();
  });

  test('text that streams repaints its last block alone', async () => {
    const host = long();
    const page = await open(host);
    await page.locator(`[data-index="${TOTAL - 1}"]`).waitFor();
    const paragraph = (id: number, text: string) => ({ id, block: 'paragraph' as const, spans: [{ text }] });
    host.change({
      type: 'row',
      index: TOTAL,
      row: {
        id: 's',
        at_ms: 0,
        body: {
          type: 'agent',
          blocks: [paragraph(0, 'settled'), paragraph(1, 'gro')],
          streaming: true,
          interrupted: false,
        },
      },
    });
    const settled = await page.getByText('settled').elementHandle();
    for (let length = 1; length < 60; length += 1) {
      host.change({
        type: 'blocks',
        index: TOTAL,
        from: 1,
        blocks: [paragraph(1, `gro${'w'.repeat(length)}`)],
      });
    }
    await page.getByText(`gro${'w'.repeat(59)}`).waitFor();
    expect(await settled?.evaluate((element) => element.isConnected && element.textContent)).toBe('settled');
    await page.context().close();
  });
});

describe('the composer', () => {
  test('sends with Enter, not with Shift and Enter, nor while an input method composes', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    const page = await open(host);
    const field = page.getByTestId('composer');
    await field.fill('first');
    await field.press('Shift+Enter');
    await field.pressSequentially('second');
    await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true });
    await field.dispatchEvent('keydown', { key: 'Enter', keyCode: 229 });
    expect(ops(host)).toEqual([]);
    await field.press('Enter');
    await expect
      .poll(() => ops(host))
      .toEqual([{ type: 'user_input', items: [{ type: 'text', text: 'first\nsecond' }] }]);
    expect(await field.inputValue()).toBe('');
    await page.context().close();
  });

  test('gives back what was typed when it could not be sent', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    host.on('submit', () => {
      throw new Error('the session has ended');
    });
    const page = await open(host);
    await page.getByTestId('composer').fill('do not lose this');
    await page.getByTestId('send').click();
    await page.getByTestId('toast').waitFor();
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('do not lose this');
    await page.context().close();
  });

  test('recalls prompts with Up, and comes back with Down', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    host.on('prompt_history', () => ['latest', 'before']);
    const page = await open(host);
    const field = page.getByTestId('composer');
    const value = () => field.inputValue();
    await field.press('ArrowUp');
    await expect.poll(value).toBe('latest');
    await field.press('ArrowUp');
    await expect.poll(value).toBe('before');
    await field.press('ArrowUp');
    await field.press('ArrowDown');
    await expect.poll(value).toBe('latest');
    await field.press('ArrowDown');
    await expect.poll(value).toBe('');
    await page.context().close();
  });

  test('puts a mentioned file in by the keyboard', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    host.on('find_files', ({ query }) => (query === 'ran' ? ['src/range.rs', 'tests/ranges.rs'] : []));
    const page = await open(host);
    const field = page.getByTestId('composer');
    await field.pressSequentially('see @ran');
    await page.getByRole('option', { name: 'ranges.rs' }).waitFor();
    await field.press('ArrowDown');
    await field.press('Enter');
    await expect.poll(() => field.inputValue()).toBe('see @tests/ranges.rs ');
    expect(ops(host)).toEqual([]);
    await page.context().close();
  });

  test('takes a picture that is pasted, and refuses what is too large', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    const page = await open(host);
    const paste = (bytes: number) =>
      page.getByTestId('composer').evaluate((element, size) => {
        const files = new DataTransfer();
        files.items.add(new File([new Uint8Array(size)], 'shot.png', { type: 'image/png' }));
        element.dispatchEvent(
          new ClipboardEvent('paste', { clipboardData: files, bubbles: true, cancelable: true }),
        );
      }, bytes);
    await paste(6 * 1024 * 1024);
    await page.getByText('shot.png is larger than 5 MB').waitFor();
    await paste(3);
    await page.getByAltText('Attached, number 1').waitFor();
    await page.getByTestId('send').click();
    await expect
      .poll(() => ops(host))
      .toEqual([{ type: 'user_input', items: [{ type: 'image', image_url: 'data:image/png;base64,AAAA' }] }]);
    await page.context().close();
  });

  test('Esc stops a task that runs, and only that', async () => {
    const host = new FixtureHost(data.app(), {
      s1: data.session({ view: data.view({ status: 'running' }) }),
    });
    const page = await open(host);
    await page.getByTestId('settings-open').click();
    await page.keyboard.press('Escape');
    await page.getByTestId('settings').waitFor({ state: 'detached' });
    expect(ops(host)).toEqual([]);
    await page.getByTestId('composer').press('Escape');
    await expect.poll(() => ops(host)).toEqual([{ type: 'interrupt' }]);
    host.change({ type: 'session', session: data.view({ status: 'idle' }) });
    await page.getByTestId('stop').waitFor({ state: 'detached' });
    await page.getByTestId('composer').press('Escape');
    expect(ops(host)).toEqual([{ type: 'interrupt' }]);
    await page.context().close();
  });
});

describe('settings', () => {
  test('a key leaves the page before it is stored', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    const page = await open(host);
    await page.getByTestId('settings-open').click();
    const item = page.locator('[data-testid=provider-item][data-key=openai]');
    await item.getByTestId('key-input').fill('sk-secret');
    await item.getByTestId('key-save').click();
    await item.getByTestId('key-delete').waitFor();
    expect(host.called('store_key')).toEqual([{ provider: 'openai', secret: 'sk-secret' }]);
    expect(await item.getByTestId('key-input').inputValue()).toBe('');
    expect(await page.content()).not.toContain('sk-secret');
    await page.context().close();
  });

  test('the theme is the one that is chosen, whatever the system says', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    const page = await open(host);
    const ground = () =>
      page.evaluate(() => getComputedStyle(document.body.firstElementChild as Element).colorScheme);
    await page.getByTestId('settings-open').click();
    await page.getByTestId('settings-tab-appearance').click();
    await page.locator('input[value=dark]').check();
    await expect.poll(ground).toBe('dark');
    expect(host.app.settings.theme).toBe('dark');
    await page.context().close();
  });

  test('a folder that would steer the agent is asked about before anything', async () => {
    const host = new FixtureHost(data.app({ project: 'p2', session: null }));
    const page = await open(host);
    await page.getByTestId('trust').waitFor();
    expect(await page.getByTestId('trust').textContent()).toContain('.mcp.json');
    await page.keyboard.press('Escape');
    await page.getByTestId('trust-no').click();
    await page.getByTestId('trust').waitFor({ state: 'detached' });
    expect(host.called('trust_project')).toEqual([{ project: 'p2', trusted: false }]);
    await page.context().close();
  });

  test('a link is opened only after its address was shown', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    const page = await open(host);
    await page.getByRole('link', { name: 'specification' }).click();
    await page.getByText('Open this address in your browser?').waitFor();
    expect(host.called('open_link')).toEqual([]);
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await expect
      .poll(() => host.called('open_link'))
      .toEqual([{ url: 'https://semver.org/spec/v2.0.0.html#spec-item-11' }]);
    await page.context().close();
  });

  test('widths of the panels are remembered', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    const page = await open(host);
    const splitter = page.getByRole('separator', { name: 'Width of the changes' });
    const before = Number(await splitter.getAttribute('aria-valuenow'));
    await splitter.focus();
    await page.keyboard.press('ArrowLeft');
    await page.reload();
    await expect.poll(async () => Number(await splitter.getAttribute('aria-valuenow'))).toBe(before + 16);
    await page.context().close();
  });
});
