import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RowBody, Span } from '../../src/bindings';
import { launch, openPage } from '../fixture/browser';
import { card } from '../fixture/checks';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import * as work from '../fixture/work';

const AT = 'http://elsewhere.test';

/** Everything a page would load, follow or run. */
const MARKUP = [
  `<img src="${AT}/img.png" onerror="window.pwned = 1" onload="window.pwned = 1">`,
  '<script>window.pwned = 1; document.title = "owned"</script>',
  `<iframe src="${AT}/frame"></iframe><iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>`,
  `<link rel="stylesheet" href="${AT}/style.css"><link rel="prefetch" href="${AT}/prefetch">`,
  `<style>@import url(${AT}/import.css); body { display: none }</style>`,
  `<svg onload="window.pwned = 1"><image href="${AT}/svg.png"/></svg><video src="${AT}/video.mp4" autoplay></video>`,
  `<form action="${AT}/form"><button autofocus onfocus="window.pwned = 1">Approve</button></form>`,
  `<meta http-equiv="refresh" content="0; url=${AT}/refresh"><base href="${AT}/">`,
].join('\n');

const span = (text: string, change: Partial<Span> = {}): Span => ({ text, ...change });

/** Rows in which every text of the model, of a command and of a tool is markup. */
function rows(): RowBody[] {
  const spans = [span(MARKUP), span(MARKUP, { code: true }), span('a link', { link: `${AT}/link` })];
  return [
    { type: 'user', content: [{ type: 'text', text: MARKUP }] },
    { type: 'reasoning', text: MARKUP, streaming: false },
    {
      type: 'agent',
      streaming: false,
      interrupted: false,
      blocks: [
        { id: 0, block: 'heading', level: 1, spans },
        { id: 1, block: 'paragraph', spans },
        { id: 2, block: 'code', language: MARKUP, text: MARKUP },
        { id: 3, block: 'table', head: [spans], rows: [[spans]], columns: ['start'] },
        { id: 4, block: 'rest' },
      ],
    },
    { type: 'plan', plan: { explanation: MARKUP, plan: [{ step: MARKUP, status: 'in_progress' }] } },
    {
      type: 'command',
      call_id: 'c',
      display: MARKUP,
      cwd: MARKUP,
      status: 'failed',
      output: MARKUP,
      hidden_lines: 0,
      end: { ended_by: { by: 'exited', code: 1 }, total_bytes: 0, duration_ms: 1 },
      background: false,
      overlay: false,
      sandbox: MARKUP,
      denied: MARKUP,
    rejected: null,
    },
    { type: 'notice', level: 'error', text: MARKUP, hint: MARKUP },
    {
      type: 'patch',
      call_id: 'p',
      status: 'failed',
      files: [],
      ...{ added: 0, removed: 0, hunks_written: 0, hunks_total: 1, comments: [] },
      ended_by: { by: 'failed', why: MARKUP },
      rejected: null,
      check: card({ type: 'failed', ended_by: { by: 'exited', code: 1 }, duration_ms: 1, output: MARKUP }, { command: MARKUP }),
    },
  ];
}

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

test('what is said stays text: nothing is asked for, run or followed', async () => {
  const bodies = rows();
  const asked = work.toolApproval();
  if (asked.body.type !== 'tool') throw new Error('a tool is asked about');
  Object.assign(asked.body, { server: MARKUP, tool: MARKUP, description: MARKUP, arguments: MARKUP });
  const host = new FixtureHost(data.app(), {
    s1: data.session({
      view: data.view({ title: MARKUP, approvals: [asked] }),
      row: (index) => ({ id: `r${index}`, at_ms: 0, body: bodies[index] as RowBody }),
      total: bodies.length,
    }),
  });
  const { page, faults } = await openPage(browser);
  const strangers: string[] = [];
  page.context().on('request', (request) => {
    if (!request.url().startsWith('http://window.test/')) strangers.push(request.url());
  });
  await host.open(page);
  await page.getByTestId('approval').getByText('window.pwned').first().waitFor();
  await page.getByTestId('recorded-output').click();
  await page.getByTestId('check-output').getByText('window.pwned').waitFor();
  await page.getByTestId('composer').press('k');

  await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('k');
  expect(faults).toEqual([]);
  await expect.poll(() => page.evaluate(() => 'pwned' in window)).toBe(false);
  await expect.poll(() => page.title()).toBe('(2) Countersign');
  expect(page.url()).toMatch(/^http:\/\/window\.test\//);
  await expect.poll(() => page.locator('iframe, base, form[action], video, a[href], img, svg image, style').count()).toBe(0);
  // the one request of the test's own, which shows that they are counted
  const bare = await page.context().newPage();
  await bare.goto(`${AT}/proof`).catch(() => undefined);
  expect(strangers).toEqual([`${AT}/proof`]);
  await page.context().close();
});
