import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SAMPLE, describeOnHost } from '../fixture/app';

const CLOCK = join(SAMPLE, 'lib/clock.sh');

describeOnHost('an isolated session, on the real host', (on) => {
  const clock = () => readFileSync(CLOCK, 'utf8');

  test('changes nothing until its changes are brought in, and what both sides changed is chosen', async (context) => {
    const { page } = on;
    const before = clock();
    await page.getByTestId('new-session-menu').click();
    await page.getByTestId('new-isolated').click();
    const begun = page.getByTestId('isolated-chip').or(page.getByTestId('toast'));
    await begun.first().waitFor();
    // a copy of the folder takes a kernel and a sandbox that can make one
    if ((await page.getByTestId('isolated-chip').count()) === 0) return context.skip();
    await page.getByTestId('composer').fill('rename as_hours to in_hours');
    await page.getByTestId('send').click();
    await page.getByTestId('approve').click();
    await page.locator('[data-kind=task_end]').waitFor();
    expect(clock()).toBe(before);

    // the person changes one of the lines meanwhile
    writeFileSync(CLOCK, before.replace('as_hours() {', 'as_hours() { # for people'));
    await page.getByTestId('isolated-chip').click();
    await page.getByTestId('isolated-bring-in').click();
    await page.getByText('Bring in these changes?').waitFor();
    await expect.poll(() => page.getByTestId('approve').isEnabled()).toBe(false);
    await expect.poll(() => page.getByTestId('conflict').count()).toBe(1);
    await page.getByTestId('conflict-compare').click();
    await expect.poll(() => page.getByTestId('conflict-sides').textContent()).toContain('as_hours() { # for people');
    expect(clock()).toContain('as_hours() { # for people');
    await page.getByTestId('conflict-take').click();
    await page.getByTestId('approve').click();
    await page.locator('[data-kind=task_end]').waitFor();
    expect(clock()).toContain('in_hours() {\n');
    expect(clock()).not.toContain('<<<<');

    // and it is undone like any task
    await page.getByTestId('undo-task').click();
    await page.getByTestId('undo-apply').click();
    await page.getByTestId('undo-dialog').waitFor({ state: 'detached' });
    expect(clock()).toContain('as_hours() { # for people');
    writeFileSync(CLOCK, before);
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('manage isolated');
    await page.keyboard.press('Enter');
    await page.getByTestId('copy-discard').click();
    await page.getByTestId('empty-trash').click();
    await page.getByTestId('empty-trash-confirm').click();
    await page.getByTestId('copies-empty').waitFor();
  });
});
