import { expect, test } from 'vitest';
import { describeOnHost } from '../fixture/app';

describeOnHost('a second model as reviewer', (on) => {
  const openReviewer = async () => {
    await on.page.keyboard.press('Control+k');
    await on.page.getByTestId('palette-field').fill('choose a reviewer');
    await on.page.keyboard.press('Enter');
    return on.page.getByTestId('reviewer-provider');
  };

  test('comments on a line of the patch, and what the person takes over goes to the agent', async () => {
    const { page } = on;
    const provider = await openReviewer();
    await provider.selectOption('practice');
    await page.keyboard.press('Escape');
    await provider.waitFor({ state: 'detached' });

    await on.ask('rename rule to ruled_line');
    await page.getByTestId('approval').waitFor();
    await page.getByTestId('model-review-ask').click();
    await expect.poll(() => page.getByTestId('model-review-state').textContent()).toContain('1 comment');
    await expect.poll(() => page.getByTestId('model-review-summary').textContent()).toContain('it reviews nothing');
    await page.getByTestId('model-review-next').click();
    const comment = page.getByTestId('model-comment').first();
    await expect.poll(() => comment.textContent()).toContain('This line is new');
    await comment.getByTestId('model-comment-use').click();
    await page.getByTestId('deny').click();
    await page.locator('[data-kind=task_end]').waitFor();
    const patch = page.locator('[data-kind=patch]').last();
    await patch.getByRole('button').first().click();
    await expect.poll(() => patch.textContent()).toContain('This line is new');
    await expect.poll(() => patch.getByTestId('recorded-review').textContent()).toContain('1 comment');

    // as it was
    await (await openReviewer()).selectOption('');
    await page.keyboard.press('Escape');
  });
});
