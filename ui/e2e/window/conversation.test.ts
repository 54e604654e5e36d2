import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Block, Row } from '../../src/bindings';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { inBrowser, ops } from '../fixture/window';

const open = inBrowser();

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
    await expect.poll(() => page.getByTestId('row').count()).toBeLessThan(40);
    await expect.poll(() => gap(page)).toBeLessThan(2);
    for (let index = TOTAL; index < TOTAL + 30; index += 1)
      host.change({ type: 'row', index, row: newRow(index) });
    await page.getByText(`new row ${TOTAL + 29}`).waitFor();
    await expect.poll(() => gap(page)).toBeLessThan(2);
    await expect.poll(() => page.getByTestId('jump').count()).toBe(0);
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
    await expect.poll(() => first()).toEqual(before);
    await page.getByTestId('jump').click();
    await page.getByText(`new row ${TOTAL + 4}`).waitFor();
    await expect.poll(() => gap(page)).toBeLessThan(2);
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
  });

  test('its start is fetched when it is looked at', async () => {
    const host = long();
    const page = await open(host);
    await page.getByTestId('transcript').press('Home');
    await page.locator('[data-index="0"][data-kind="user"]').waitFor();
    await expect.poll(() => page.getByTestId('row').count()).toBeLessThan(40);
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
    await expect.poll(() => settled?.evaluate((element) => element.isConnected && element.textContent)).toBe('settled');
  });
});

test('a piece of a long answer wakes none of its settled paragraphs', async () => {
  const SETTLED = 1000;
  const PIECES = 20;
  const spans = [{ text: 'some ' }, { text: 'code', code: true }, { text: ' and ' }, { text: 'more', bold: true }];
  const blocks: Block[] = Array.from({ length: SETTLED }, (_, id) => ({ id, block: 'paragraph', spans }));
  const row: Row = {
    id: 'long',
    at_ms: 0,
    body: { type: 'agent', blocks, streaming: true, interrupted: false },
  };
  const host = new FixtureHost(data.app(), { s1: { ...data.finished(), row: () => row, total: 1 } });
  const page = await open(host);
  const stream = async (word: string) => {
    for (let piece = 1; piece <= PIECES; piece += 1) {
      const text = word.repeat(piece);
      host.change({
        type: 'blocks',
        index: 0,
        from: SETTLED,
        blocks: [{ id: SETTLED, block: 'paragraph', spans: [{ text }] }],
      });
      await page.getByText(text, { exact: true }).waitFor();
    }
  };
  await stream('x');
  const engine = await page.context().newCDPSession(page);
  await engine.send('Profiler.enable');
  await engine.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await stream('y');
  const { result } = await engine.send('Profiler.takePreciseCoverage');
  const own = result.filter((script) => script.url.includes('/assets/'));
  const counts = own.flatMap((script) => script.functions.flatMap((each) => each.ranges.map((range) => range.count)));
  const calls = counts.reduce((sum, count) => sum + count, 0);
  // each settled block is compared, which takes about three calls; to look at its spans again would take some two hundred
  expect(calls / PIECES / SETTLED).toBeLessThan(10);
});

test('of a long answer only what is near the view is laid out', async () => {
  const blocks = Array.from({ length: 1000 }, (_, id) => ({
    id,
    block: 'paragraph' as const,
    spans: [{ text: `paragraph ${id}` }],
  }));
  const row: Row = {
    id: 'long',
    at_ms: 0,
    body: { type: 'agent', blocks, streaming: false, interrupted: false },
  };
  const host = new FixtureHost(data.app(), { s1: { ...data.finished(), row: () => row, total: 1 } });
  const page = await open(host);
  const all = page.getByTestId('row').locator('p');
  const laidOut = () =>
    all.evaluateAll((each) =>
      each.flatMap((one, at) => (one.checkVisibility({ contentVisibilityAuto: true }) ? [at] : [])),
    );
  await expect.poll(async () => (await laidOut()).at(-1)).toBe(999);
  // it is all there for a screen reader, and for a search in the page
  await expect.poll(() => all.count()).toBe(1000);
  await expect.poll(async () => (await laidOut()).length).toBeLessThan(300);
  await page.getByTestId('transcript').press('Home');
  await expect.poll(async () => (await laidOut())[0]).toBe(0);
  await expect.poll(async () => (await laidOut()).length).toBeLessThan(300);
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
    await expect.poll(() => field.inputValue()).toBe('');
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
  });

  test('puts a mentioned folder in, with a slash at its end', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    const files = ['src/range/bounds.rs', 'src/range.rs', 'tests/ranges.rs'];
    host.on('find_files', ({ query }) => (query === 'rang' ? files.slice(1) : query === 'rang/' ? files.slice(0, 1) : []));
    const page = await open(host);
    const field = page.getByTestId('composer');
    await field.pressSequentially('see @rang');
    const options = page.getByRole('option');
    await expect.poll(() => options.allTextContents()).toEqual([' range.rs src', ' range/ src', ' ranges.rs tests']);
    await axe(page);
    await field.press('ArrowDown');
    await field.press('Tab');
    await expect.poll(() => field.inputValue()).toBe('see @src/range/ ');
    await options.first().waitFor({ state: 'detached' });
    expect(ops(host)).toEqual([]);
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
  });
});

test('a request that failed counts down to the next attempt, which can be made now', async () => {
  const body = { type: 'retry', message: 'OpenAI is busy (http 529)', retry_at_ms: Date.now() + 90_000, attempt: 2, max_attempts: 10 } as const;
  const row: Row = { id: 'retry', at_ms: 0, body };
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: { ...data.finished(), row: () => row, total: 1 } });
  const page = await open(host);
  const notice = page.getByTestId('retry');
  await expect.poll(() => notice.textContent()).toContain('OpenAI is busy (http 529)');
  // whatever the words, the seconds fall
  const seconds = async () => Number(/\d+/.exec((await notice.textContent())?.split('529)')[1] ?? '')?.[0]);
  const first = await seconds();
  expect(first).toBeGreaterThan(60);
  await expect.poll(seconds).toBeLessThan(first);
  await notice.getByTestId('retry-now').click();
  await expect.poll(() => ops(host)).toEqual([{ type: 'retry_now' }]);
  await expect.poll(() => notice.getByTestId('retry-now').count()).toBe(0);
});
