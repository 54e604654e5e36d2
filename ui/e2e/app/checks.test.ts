import { expect, test } from 'vitest';
import { describeOnHost } from '../fixture/app';

describeOnHost('the check of a project', (on) => {
  const words = () => on.page.getByTestId('check-state').textContent();

  test('runs beside a patch, finds what breaks it, and follows what the person accepts', async (context) => {
    const { page } = on;
    await on.ask('rename as_hours to in_hours');
    await page.getByTestId('approval').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('project’s check');
    await page.keyboard.press('Enter');
    await page.getByTestId('check-command').fill('! grep -n in_hours tests/*');
    await page.keyboard.press('Enter');
    await page.getByTestId('check-dialog').waitFor({ state: 'detached' });

    await expect.poll(words).toMatch(/^(failed, exit code 1,|can’t run)/);
    // a copy of the project takes a kernel and a sandbox that can make one
    if ((await words())?.startsWith('can’t run')) return context.skip();
    await page.getByTestId('check-show').click();
    await expect.poll(() => page.getByTestId('check-output').textContent()).toContain('tests/clock_test.sh');
    await page.getByTestId('check-find').click();
    const finding = page.getByTestId('check-finding');
    await expect.poll(() => finding.textContent()).toContain('It passes without');
    await finding.getByTestId('check-place').click();
    await expect
      .poll(() => page.locator('.hunk.current').getAttribute('aria-label'))
      .toContain('tests/clock_test.sh');
    await page.getByTestId('check-apply').click();
    await expect.poll(words).toMatch(/^passed, .*, with \d of \d hunks$/);

    await page.getByTestId('approve').click();
    await page.locator('[data-kind=task_end]').waitFor();
    const patch = page.locator('[data-kind=patch]').last();
    await patch.getByRole('button').first().click();
    await expect
      .poll(() => patch.getByTestId('recorded-check').textContent())
      .toMatch(/Check passed with \d of \d hunks/);

    // the project is left as it was
    await page.getByTestId('undo-task').click();
    await page.getByTestId('undo-apply').click();
    await page.getByTestId('undo-dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('project’s check');
    await page.keyboard.press('Enter');
    await page.getByTestId('check-remove').click();
    await page.getByTestId('check-dialog').waitFor({ state: 'detached' });
  });
});
