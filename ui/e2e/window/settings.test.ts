import { describe, expect, test } from 'vitest';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { inBrowser } from '../fixture/window';

const open = inBrowser();

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
    await expect.poll(() => item.getByTestId('key-input').inputValue()).toBe('');
    await expect.poll(() => page.content()).not.toContain('sk-secret');
  });

  test('the keyboard goes round in them, in both directions', async () => {
    const page = await open(new FixtureHost(data.app(), { s1: data.finished() }));
    await page.getByTestId('settings-open').click();
    const dialog = page.getByRole('dialog');
    await expect.poll(() => dialog.evaluate((element) => element === document.activeElement)).toBe(true);
    // from the dialog itself back to the last thing in it, and on to the first
    await page.keyboard.press('Shift+Tab');
    await expect
      .poll(() => dialog.evaluate((element) => element !== document.activeElement && element.contains(document.activeElement)))
      .toBe(true);
    await page.keyboard.press('Tab');
    const close = dialog.getByRole('button', { name: 'Close' }).first();
    await expect.poll(() => close.evaluate((button) => button === document.activeElement)).toBe(true);
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
  });

  test('a folder that would steer the agent is asked about before anything', async () => {
    const host = new FixtureHost(data.app({ project: 'p2', session: null }));
    const page = await open(host);
    await page.getByTestId('trust').waitFor();
    await expect.poll(() => page.getByTestId('trust').textContent()).toContain('.mcp.json');
    await expect.poll(() => page.getByTestId('trust-text').first().textContent()).toContain('Never push to main.');
    await page.keyboard.press('Escape');
    await page.getByTestId('trust-no').click();
    await page.getByTestId('trust').waitFor({ state: 'detached' });
    expect(host.called('trust_project')).toEqual([{ project: 'p2', trusted: false }]);
  });

  test('a folder that holds more than a project is confirmed before anything else', async () => {
    const app = data.app({ project: 'p2', session: null });
    const projects = app.projects.map((each) =>
      each.id === 'p2' ? { ...each, confirm: 'home_folder' as const } : each,
    );
    const host = new FixtureHost({ ...app, projects });
    const page = await open(host);
    const dialog = page.getByTestId('broad-folder');
    await dialog.waitFor();
    await expect.poll(() => dialog.textContent()).toContain('is your home folder');
    await expect.poll(() => page.getByTestId('trust').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.getByTestId('broad-folder-yes').click();
    await page.getByTestId('trust').waitFor();
    expect(host.called('confirm_folder')).toEqual([{ project: 'p2' }]);
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
  });

  test('widths of the panels are remembered', async () => {
    const host = new FixtureHost(data.app(), { s1: data.finished() });
    const page = await open(host);
    const splitter = page.getByRole('separator', { name: 'Width of the Changes panel' });
    const before = Number(await splitter.getAttribute('aria-valuenow'));
    await splitter.focus();
    await page.keyboard.press('ArrowLeft');
    await page.reload();
    await expect.poll(async () => Number(await splitter.getAttribute('aria-valuenow'))).toBe(before + 16);
  });
});

test('a server on this computer that runs and lists no models says why, and can be chosen', async () => {
  const problem = 'LM Studio answered with http 404';
  const list = data.PROVIDERS.map((each) => (each.key === 'lmstudio' ? { ...each, reachable: true, problem } : each));
  const host = new FixtureHost(data.app({ providers: list }), { s1: data.session() });
  const page = await open(host);
  await page.keyboard.press('Control+,');
  const item = page.locator('[data-testid=provider-item][data-key=lmstudio]');
  await expect.poll(() => item.textContent()).toContain('running, lists no models');
  await expect.poll(() => item.getByTestId('provider-problem').textContent()).toBe(problem);
  await axe(page);
  await item.getByRole('radio').check();
  await expect.poll(() => host.called('save_settings')).toEqual([{ provider: 'lmstudio', model: '' }]);
});
