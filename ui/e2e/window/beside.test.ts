import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { SubmitArgs } from '../../src/bindings';
import { axe } from '../fixture/axe';
import { manySessions } from '../fixture/inbox';
import { cardTakesKeys, inBrowser } from '../fixture/window';

const open = inBrowser();

describe('two sessions side by side', () => {
  test('come and go with Ctrl \\, and each has its own prompt', async () => {
    const { host } = manySessions();
    const page = await open(host, { viewport: { width: 1500, height: 800 } });
    await page.getByTestId('transcript').first().waitFor();
    await page.keyboard.press('Control+\\');
    const [main, beside] = [page.getByTestId('pane-main'), page.getByTestId('pane-beside')];
    await beside.locator('h1', { hasText: 'Fix the failing range test' }).waitFor();
    await expect.poll(() => main.locator('h1').textContent()).toBe('What is in here?');
    await main.getByTestId('composer').fill('to the first');
    await beside.getByTestId('composer').fill('to the second');
    await expect.poll(() => main.getByTestId('composer').inputValue()).toBe('to the first');
    await beside.getByTestId('composer').press('Enter');
    await expect.poll(() => host.called('submit').length).toBe(1);
    await main.getByTestId('composer').press('Enter');
    await expect
      .poll(() => (host.called('submit') as SubmitArgs[]).map(({ session, op }) => [session, op.type === 'user_input' && op.items]))
      .toEqual([
        ['s2', [{ type: 'text', text: 'to the second' }]],
        ['s1', [{ type: 'text', text: 'to the first' }]],
      ]);
    await page.getByTestId('transcript').first().waitFor();
    await page.keyboard.press('Control+\\');
    await beside.waitFor({ state: 'detached' });
    await expect.poll(() => main.locator('h1').textContent()).toBe('What is in here?');
  });

  test('one that is closed while it comes up takes nothing with it, and does not come up later', async () => {
    const { host } = manySessions();
    let goOn = () => {};
    const waits = new Promise<void>((resolve) => (goOn = resolve));
    host.on('open_session', async ({ session }) => {
      await waits;
      return session;
    });
    const page = await open(host, { viewport: { width: 1500, height: 800 } });
    const [main, beside] = [page.getByTestId('pane-main'), page.getByTestId('pane-beside')];
    await expect.poll(() => main.locator('h1').textContent()).toBe('What is in here?');
    await page.keyboard.press('Control+\\');
    await beside.waitFor();
    await page.keyboard.press('Control+\\');
    await beside.waitFor({ state: 'detached' });
    await expect.poll(() => main.locator('h1').textContent()).toBe('What is in here?');
    const asked = host.called('open_session').length;
    goOn();
    // what came too late is followed no more
    await expect.poll(() => host.called('unsubscribe').length).toBe(asked);
    await expect.poll(() => beside.count()).toBe(0);
    await expect.poll(() => main.locator('h1').textContent()).toBe('What is in here?');
  });

  test('a key decides in the one the person is at, and in no other', async () => {
    const { host } = manySessions();
    const page = await open(host, { viewport: { width: 1500, height: 800 } });
    await page.locator('[data-testid=session-item][data-session=s2]').click();
    const main = page.getByTestId('pane-main');
    await main.getByTestId('approval').waitFor();
    await page.locator('li:has([data-session=q1])').getByTestId('session-menu').click();
    await page.getByTestId('open-beside').click();
    const beside = page.getByTestId('pane-beside');
    await beside.getByTestId('approval').waitFor();
    await expect.poll(() => page.getByTestId('project-menu').textContent()).toContain('billing-service');
    await cardTakesKeys(page);
    await beside.getByTestId('approval').focus();
    await page.keyboard.press('d');
    await beside.getByTestId('approval').waitFor({ state: 'detached' });
    await main.getByTestId('approval').focus();
    await cardTakesKeys(page);
    await page.keyboard.press('a');
    await main.getByTestId('approval').waitFor({ state: 'detached' });
    const decided = (host.called('submit') as SubmitArgs[]).map(({ session, op }) => [session, op.type === 'decide' && op.decision]);
    expect(decided).toEqual([
      ['q1', 'denied'],
      ['s2', 'approved'],
    ]);
    // the folder of the session the person is at is the open one
    await expect.poll(() => page.getByTestId('project-menu').textContent()).toContain('semver-lite');
  });

  test('a session that is shown already is gone to, and closing a side keeps the other', async () => {
    const { host } = manySessions();
    const page = await open(host, { viewport: { width: 1500, height: 800 } });
    await page.getByTestId('transcript').first().waitFor();
    await page.keyboard.press('Control+\\');
    const beside = page.getByTestId('pane-beside');
    await beside.locator('h1', { hasText: 'Fix the failing range test' }).waitFor();
    await page.locator('[data-testid=session-item][data-session=s1]').click();
    await page.locator('[data-testid=pane-main].active').waitFor();
    await expect.poll(() => beside.locator('h1').textContent()).toBe('Fix the failing range test');
    await page.getByTestId('pane-main').getByTestId('pane-close').click();
    await beside.waitFor({ state: 'detached' });
    await page.getByTestId('pane-main').locator('h1', { hasText: 'Fix the failing range test' }).waitFor();
  });
});

describe('a session of the list', () => {
  /** Presses on a session of the list and moves the pointer to a place of the main area, from left to right and from top to bottom. */
  async function drag(page: Page, session: string, x: number, y = 0.5): Promise<void> {
    const item = await page.locator(`[data-testid=session-item][data-session=${session}]`).boundingBox();
    const area = await page.locator('main.center').boundingBox();
    if (!item || !area) throw new Error('a list and a main area');
    await page.mouse.move(item.x + 40, item.y + 12);
    await page.mouse.down();
    await page.mouse.move(item.x + 60, item.y + 20, { steps: 3 });
    await page.mouse.move(area.x + area.width * x, area.y + area.height * y, { steps: 5 });
  }

  const zones = (page: Page) =>
    page.getByTestId('drop-zone').evaluateAll((all) => all.map((zone) => (zone as HTMLElement).dataset.side));
  const title = (page: Page, side: string) => page.getByTestId(`pane-${side}`).locator('h1').textContent();

  test('is dragged into the main area to stand beside the one there, and a zone says so', async () => {
    const { host } = manySessions();
    const page = await open(host, { viewport: { width: 1500, height: 800 } });
    await expect.poll(() => title(page, 'main')).toBe('What is in here?');
    const opened = host.called('open_session').length;
    await drag(page, 's2', 0.3);
    await expect.poll(() => zones(page)).toEqual(['beside']);
    await expect.poll(() => page.getByTestId('drop-zone').textContent()).toContain('Drop to open side by side');
    await expect.poll(() => page.locator('.zone.over').count()).toBe(1);
    await axe(page);
    await page.mouse.up();
    await page.getByTestId('session-drag').waitFor({ state: 'detached' });
    await expect.poll(() => title(page, 'beside')).toBe('Fix the failing range test');
    await expect.poll(() => title(page, 'main')).toBe('What is in here?');
    expect(host.called('open_session').length).toBe(opened + 1);
  });

  test('takes the place of one of two where it is dropped', async () => {
    const { host } = manySessions();
    const page = await open(host, { viewport: { width: 1500, height: 800 } });
    await page.getByTestId('transcript').first().waitFor();
    await page.keyboard.press('Control+\\');
    await expect.poll(() => title(page, 'beside')).toBe('Fix the failing range test');
    await drag(page, 'q1', 0.2);
    await expect.poll(() => zones(page)).toEqual(['main', 'beside']);
    await page.mouse.up();
    await expect.poll(() => title(page, 'main')).toBe('Charge the new card');
    await expect.poll(() => title(page, 'beside')).toBe('Fix the failing range test');
    // not where it is already
    await drag(page, 's2', 0.8);
    await expect.poll(() => zones(page)).toEqual(['main']);
    await page.mouse.up();
    await expect.poll(() => title(page, 'beside')).toBe('Fix the failing range test');
  });

  test('stays where it is with Escape, when it is let go of in the list, and when it is shown already', async () => {
    const { host } = manySessions();
    const page = await open(host, { viewport: { width: 1500, height: 800 } });
    await expect.poll(() => title(page, 'main')).toBe('What is in here?');
    const opened = host.called('open_session').length;
    await drag(page, 's2', 0.5);
    await page.getByTestId('drop-zone').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('session-drag').waitFor({ state: 'detached' });
    await page.mouse.up();
    await drag(page, 's2', -0.05);
    await page.getByTestId('session-drag').waitFor();
    await expect.poll(() => page.locator('.zone.over').count()).toBe(0);
    await page.mouse.up();
    await drag(page, 's1', 0.5);
    await page.getByTestId('session-drag').waitFor();
    await expect.poll(() => zones(page)).toEqual([]);
    await page.mouse.up();
    await page.getByTestId('session-drag').waitFor({ state: 'detached' });
    await expect.poll(() => page.getByTestId('pane-beside').count()).toBe(0);
    expect(host.called('open_session').length).toBe(opened);
    // a click is still a click
    await page.locator('[data-testid=session-item][data-session=s2]').click();
    await expect.poll(() => title(page, 'main')).toBe('Fix the failing range test');
  });

  test('is dragged out of the list that lies over a narrow window, which goes then', async () => {
    const { host } = manySessions();
    const page = await open(host, { viewport: { width: 700, height: 700 } });
    await expect.poll(() => title(page, 'main')).toBe('What is in here?');
    await page.keyboard.press('Control+b');
    await page.getByTestId('session-list').waitFor();
    await drag(page, 's2', 0.9);
    await page.getByTestId('drop-zone').waitFor();
    await page.mouse.up();
    await page.getByTestId('session-list').waitFor({ state: 'detached' });
    await expect.poll(() => title(page, 'beside')).toBe('Fix the failing range test');
  });
});
