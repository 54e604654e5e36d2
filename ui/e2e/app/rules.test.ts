import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launch, openPage } from '../fixture/browser';

/** The real host serves the window there, open on the sample project. Without one there is nothing to test. */
const URL_OF_HOST = process.env.COUNTERSIGN_WEB_URL;

const COMMAND = 'sh tests/run.sh';

describe.skipIf(!URL_OF_HOST)('rules on the real host', () => {
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    browser = await launch();
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    ({ page, faults } = await openPage(browser, { reducedMotion: 'reduce' }));
    page.setDefaultTimeout(30_000);
    await page.goto(URL_OF_HOST ?? '');
    await page.getByTestId('composer').waitFor();
  });

  afterEach(async () => {
    await page.context().close();
    expect(faults).toEqual([]);
  });

  /** Begins a session that asks for everything that is not known to be safe, and asks for what runs the tests. */
  async function ask(): Promise<void> {
    await page.getByTestId('new-session').click();
    await page.getByTestId('empty').waitFor();
    await page.getByTestId('policy-chip').click();
    await page.locator('input[value=untrusted]').check();
    await page.keyboard.press('Escape');
    await page.getByTestId('policy-chip').getByText('Ask for everything').waitFor();
    await page.getByTestId('composer').fill('Fix the failing test');
    await page.getByTestId('send').click();
  }

  async function stop(): Promise<void> {
    await page.getByTestId('stop').click();
    await page.locator('[data-kind=task_end]').waitFor();
  }

  const card = () => page.locator('[data-testid=approval][data-type=command]');
  /** The command ran to its end, and nobody was asked about it. */
  const ranUnasked = async () => {
    await page.locator('[data-kind=command]', { hasText: COMMAND }).getByText(/passed|failed/).first().waitFor();
    expect(await card().count()).toBe(0);
  };

  async function openRules(): Promise<void> {
    await page.getByTestId('settings-open').click();
    await page.getByTestId('settings-tab-rules').click();
    await page.getByTestId('rule-form').waitFor();
  }

  async function closeSettings(): Promise<void> {
    await page.keyboard.press('Escape');
    await page.getByTestId('settings').waitFor({ state: 'detached' });
  }

  const foreseen = (outcome: string) =>
    page.locator(`[data-testid=foresee-answer][data-outcome=${outcome}]`).waitFor();

  test('B15 a rule saved on the page lets the command run unasked, and without it the command is asked about again', async () => {
    await ask();
    await card().waitFor();
    expect(await page.getByTestId('command-text').textContent()).toContain(COMMAND);
    await stop();

    await openRules();
    await page.getByTestId('rules-empty').waitFor();
    await page.getByTestId('foresee-command').fill(COMMAND);
    await foreseen('asks');
    await page.getByTestId('rule-words').fill(COMMAND);
    await page.getByTestId('rule-preview').getByText(`begins with \`${COMMAND}\``).waitFor();
    expect(await page.getByTestId('rule-text').textContent()).toContain('prefix = ["sh", "tests/run.sh"]');
    await page.getByTestId('rule-save').click();
    await page.getByTestId('rule-item').waitFor();
    expect(await page.getByTestId('rule-command').textContent()).toBe(COMMAND);
    await foreseen('runs');
    await page.getByTestId('foresee-command').fill(`${COMMAND} && rm -rf lib`);
    await foreseen('asks');
    await closeSettings();

    await ask();
    await ranUnasked();
    await stop();

    await openRules();
    await page.getByTestId('rule-delete').click();
    await page.getByTestId('rules-empty').waitFor();
    await closeSettings();
    await ask();
    await card().waitFor();
    await stop();
  });

  test('B15 a rule saved where a command waits is on the page, and counts until it is deleted there', async () => {
    await ask();
    await card().waitFor();
    await page.getByTestId('approve-rule').click();
    await ranUnasked();
    await stop();

    await openRules();
    await page.getByTestId('rule-item').waitFor();
    expect(await page.getByTestId('rule-command').textContent()).toBe(COMMAND);
    await page.getByTestId('rule-delete').click();
    await page.getByTestId('rules-empty').waitFor();
    // and back, and away again
    await page.getByTestId('toast-action').click();
    await page.getByTestId('rule-item').waitFor();
    await page.getByTestId('rule-delete').click();
    await page.getByTestId('rules-empty').waitFor();
    await closeSettings();
    await ask();
    await card().waitFor();
    await stop();
  });
});
