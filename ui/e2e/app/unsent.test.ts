import { expect, test } from 'vitest';
import { describeOnHost } from '../fixture/app';

describeOnHost('what is not sent yet, on the real host', (on) => {
  test('a prompt that was begun comes back after a restart of the window', async () => {
    const composer = () => on.page.getByTestId('composer');
    const saved = on.page.waitForResponse((response) => response.url().includes('/call/save_draft'));
    await composer().fill('half a thought');
    expect((await saved).ok()).toBe(true);
    await on.page.reload();
    await expect.poll(() => composer().inputValue()).toBe('half a thought');
    const removed = on.page.waitForResponse((response) => response.url().includes('/call/save_draft'));
    await composer().fill('');
    expect((await removed).ok()).toBe(true);
  });
});
