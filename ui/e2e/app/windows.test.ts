import { expect, test } from 'vitest';
import { describeOnHost } from '../fixture/app';

describeOnHost('a session in a window of its own, on the real host', (on) => {
  test('is asked and answered in either, and goes on when that window is closed', async () => {
    const { page } = on;
    await on.ask('Fix the failing test');
    await page.getByTestId('approval').waitFor();
    const session = await page.locator('[data-testid=session-item][aria-current]').first().getAttribute('data-session');
    const own = await page.context().newPage();
    const faults: string[] = [];
    own.on('pageerror', (error) => faults.push(error.message));
    const address = new URL(page.url());
    address.searchParams.set('session', session ?? '');
    await own.goto(address.href);

    // the same request, without the list of sessions
    await own.getByTestId('approval').waitFor();
    await expect.poll(() => own.getByTestId('new-session').count()).toBe(0);
    await expect.poll(() => own.title()).toContain('– Countersign');
    // keys of the list do nothing here
    await own.keyboard.press('Control+i');
    await own.keyboard.press('Control+b');
    await expect.poll(() => own.getByTestId('inbox').count()).toBe(0);
    await own.getByTestId('deny').click();
    await own.getByTestId('approval').waitFor({ state: 'detached' });
    await page.getByTestId('approval').waitFor({ state: 'detached' });
    await own.locator('.end').first().waitFor();

    // the list goes elsewhere, and this window does not follow
    await page.getByTestId('new-session').click();
    await page.getByTestId('empty').waitFor();
    await own.getByTestId('composer').fill('Fix the failing test');
    await own.getByTestId('composer').press('Enter');
    await own.getByTestId('approval').waitFor();
    await own.close();
    // the agent still waits there
    await page.locator(`[data-testid=session-item][data-session="${session}"]`).click();
    await page.getByTestId('approval').waitFor();
    await page.getByTestId('deny').click();
    await page.getByTestId('approval').waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  });

  test('says that it is over when the session is archived', async () => {
    const { page } = on;
    await on.ask('What is in here?');
    await page.locator('.end').first().waitFor();
    const item = page.locator('[data-testid=session-item][aria-current]').first();
    const own = await page.context().newPage();
    const address = new URL(page.url());
    address.searchParams.set('session', (await item.getAttribute('data-session')) ?? '');
    await own.goto(address.href);
    await own.locator('.end').first().waitFor();
    await page.locator('.top').getByTestId('session-menu').click();
    await page.getByRole('menuitem', { name: 'Archive' }).click();
    await own.getByTestId('session-over').waitFor();
    await own.close();
  });
});
