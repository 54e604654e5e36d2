import { expect, test } from 'vitest';
import { describeOnHost } from '../fixture/app';

const COMMAND = 'sh tests/run.sh';

describeOnHost('rules on the real host', (on) => {
  /** Asks for what runs the tests, under a policy that asks for everything that is not known to be safe. */
  const ask = () => on.ask('Fix the failing test', true);

  async function stop(): Promise<void> {
    await on.page.getByTestId('stop').click();
    await on.page.locator('[data-kind=task_end]').waitFor();
  }

  const card = () => on.page.locator('[data-testid=approval][data-type=command]');
  /** The command ran to its end, and nobody was asked about it. */
  const ranUnasked = async () => {
    const ran = on.page.locator('[data-kind=command]', { hasText: COMMAND });
    await ran.getByText(/passed|failed/).first().waitFor();
    await expect.poll(() => card().count()).toBe(0);
  };

  async function openRules(): Promise<void> {
    await on.page.getByTestId('settings-open').click();
    await on.page.getByTestId('settings-tab-rules').click();
    await on.page.getByTestId('rule-form').waitFor();
  }

  async function closeSettings(): Promise<void> {
    await on.page.keyboard.press('Escape');
    await on.page.getByTestId('settings').waitFor({ state: 'detached' });
  }

  const decided = (outcome: string) =>
    on.page.locator(`[data-testid=dry-run-answer][data-outcome=${outcome}]`).waitFor();

  test('B15 a rule saved on the page lets the command run unasked, and without it the command is asked about again', async () => {
    await ask();
    await card().waitFor();
    await expect.poll(() => on.page.getByTestId('command-text').textContent()).toContain(COMMAND);
    await stop();

    await openRules();
    await on.page.getByTestId('rules-empty').waitFor();
    await on.page.getByTestId('dry-run-command').fill(COMMAND);
    await decided('asks');
    await on.page.getByTestId('rule-words').fill(COMMAND);
    await on.page.getByTestId('rule-preview').getByText(`begins with \`${COMMAND}\``).waitFor();
    await expect.poll(() => on.page.getByTestId('rule-text').textContent()).toContain('prefix = ["sh", "tests/run.sh"]');
    await on.page.getByTestId('rule-save').click();
    await on.page.getByTestId('rule-item').waitFor();
    await expect.poll(() => on.page.getByTestId('rule-command').textContent()).toBe(COMMAND);
    await decided('runs');
    await on.page.getByTestId('dry-run-command').fill(`${COMMAND} && rm -rf lib`);
    await decided('asks');
    await closeSettings();

    await ask();
    await ranUnasked();
    await stop();

    await openRules();
    await on.page.getByTestId('rule-delete').click();
    await on.page.getByTestId('rules-empty').waitFor();
    await closeSettings();
    await ask();
    await card().waitFor();
    await stop();
  });

  test('B15 a rule saved where a command waits is on the page, and counts until it is deleted there', async () => {
    await ask();
    await card().waitFor();
    await on.page.getByTestId('approve-more').click();
    await on.page.getByTestId('approve-rule').click();
    await ranUnasked();
    await stop();

    await openRules();
    await on.page.getByTestId('rule-item').waitFor();
    await expect.poll(() => on.page.getByTestId('rule-command').textContent()).toBe(COMMAND);
    await on.page.getByTestId('rule-delete').click();
    await on.page.getByTestId('rules-empty').waitFor();
    // and back, and away again
    await on.page.getByTestId('toast-action').click();
    await on.page.getByTestId('rule-item').waitFor();
    await on.page.getByTestId('rule-delete').click();
    await on.page.getByTestId('rules-empty').waitFor();
    await closeSettings();
    await ask();
    await card().waitFor();
    await stop();
  });
});
