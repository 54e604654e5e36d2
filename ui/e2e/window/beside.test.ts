import { describe, expect, test } from 'vitest';
import type { SubmitArgs } from '../../src/bindings';
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
