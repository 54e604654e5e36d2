import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, openPage } from '../fixture/browser';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { servers } from '../fixture/mcp';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

test('B28 each server is shown as it stands, with its tools and when they ask, and anew when it stands otherwise', async () => {
  const { page, faults } = await openPage(browser, { reducedMotion: 'reduce' });
  page.setDefaultTimeout(15_000);
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
  const now = servers();
  host.on('mcp_servers', () => now);
  await host.open(page);
  await page.getByTestId('settings-open').click();
  await page.getByTestId('settings-tab-mcp').click();
  const server = (name: string) => page.getByTestId('mcp-server').filter({ hasText: name });
  await server('files').waitFor();
  await expect.poll(() => page.getByTestId('mcp-status').allTextContents()).toEqual([
    'ready, 3 tools',
    'starting…',
    'not available',
    'stopped',
    'turned off',
  ]);
  await server('browser').getByText('no such file or directory').waitFor();
  await server('files').locator('summary').click();
  await expect.poll(() => page.getByTestId('mcp-tool').locator('.how').allTextContents()).toEqual([
    'read-only',
    'asks',
    'trusted',
  ]);

  now.servers = now.servers.map((each) => (each.name === 'tickets' ? { ...each, status: 'ready' as const } : each));
  host.send({ type: 'app', app: { ...host.app } });
  await server('tickets').getByText('ready, 0 tools').waitFor();
  expect(faults).toEqual([]);
  await page.context().close();
});
