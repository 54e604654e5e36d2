import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launch, openPage } from '../fixture/browser';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { BROKEN, keepRules, rules } from '../fixture/rules';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser.close());

let faults: string[] = [];
afterEach(() => expect(faults).toEqual([]));

function host(): FixtureHost {
  return new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
}

async function open(on: FixtureHost): Promise<Page> {
  const opened = await openPage(browser, { reducedMotion: 'reduce' });
  const { page } = opened;
  faults = opened.faults;
  page.setDefaultTimeout(15_000);
  await on.open(page);
  await page.getByTestId('settings-open').click();
  await page.getByTestId('settings-tab-rules').click();
  return page;
}

const here = (page: Page) =>
  page.getByRole('list', { name: 'Rules for this folder' }).getByTestId('rule-command').allTextContents();

test('B15 the rules that count here are shown with what they do, and those of other folders apart', async () => {
  const on = host();
  keepRules(on);
  const page = await open(on);
  const items = page.getByRole('list', { name: 'Rules for this folder' }).getByRole('listitem');
  await items.first().waitFor();
  await expect.poll(() => here(page)).toEqual(['git push', 'cargo publish', 'cargo test', 'docker compose up']);
  await expect.poll(() => items.nth(0).textContent()).toMatch(/Deny.*In ~\/code and all beneath it/);
  await expect.poll(() => items.nth(1).textContent()).toMatch(/Ask.*In this folder and all beneath it/);
  await expect.poll(() => items.nth(2).textContent()).toMatch(/in the sandbox.*Covers cargo test -p semver-lite/);
  await expect.poll(() => items.nth(3).textContent()).toContain('without the sandbox');
  await page.getByText('1 rule for other folders').click();
  await page.getByText('In ~/code/billing-service and all beneath it').waitFor();
  await page.context().close();
});

test('B15 a rule that is deleted can be had back, by the keyboard alone', async () => {
  const on = host();
  keepRules(on);
  const page = await open(on);
  await page.getByRole('button', { name: 'Delete rule: ask cargo publish' }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => here(page)).toEqual(['git push', 'cargo test', 'docker compose up']);
  // the focus goes to what took its place, and gets from there to the way back without leaving the dialog
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
  await expect.poll(focused).toBe('Delete rule: allow cargo test');
  const undo = page.getByRole('dialog').getByTestId('toast-action');
  await undo.waitFor();
  for (let presses = 0; presses < 40 && !(await undo.evaluate((it) => it === document.activeElement)); presses += 1)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => here(page)).toContain('cargo publish');
  expect(on.called('restore_rule')).toEqual([{ id: 'ask cargo publish' }]);
  await page.context().close();
});

test('B15 a rule is shown exactly before it is saved, and nothing is saved that was not shown', async () => {
  const on = host();
  const kept = keepRules(on, rules({ rules: [] }));
  const page = await open(on);
  await page.getByTestId('rules-empty').waitFor();
  const words = page.getByTestId('rule-words');
  const save = page.getByTestId('rule-save');
  await expect.poll(() => save.isDisabled()).toBe(true);

  await words.fill('cargo test && rm -rf x');
  await page.getByTestId('rule-problem').waitFor();
  await expect.poll(() => save.isDisabled()).toBe(true);

  await words.fill('cargo test');
  await page.getByText('Every command that begins with `cargo test` runs without asking').waitFor();
  await expect.poll(() => page.getByTestId('rule-text').textContent()).toContain('prefix = ["cargo", "test"]');
  await page.getByText('Examples', { exact: true }).click();
  await page.getByTestId('rule-examples').fill('make');
  await page.getByText('The example `make` is not what the rule is about').waitFor();
  await expect.poll(() => save.isDisabled()).toBe(true);
  await page.getByTestId('rule-examples').fill('');

  // Enter before the answer has come saves nothing
  await page.getByText('Deny', { exact: true }).click();
  await words.press('End');
  await words.pressSequentially(' x');
  await words.press('Enter');
  await page.getByText('No command that has `cargo test x` in it is run').waitFor();
  expect(on.called('add_rule')).toEqual([]);
  expect(kept.view.rules).toEqual([]);
  await words.press('Enter');
  await expect.poll(() => here(page)).toEqual(['cargo test x']);
  expect(on.called('add_rule')).toMatchObject([{ shown: 'deny cargo test x' }]);
  await expect.poll(() => words.inputValue()).toBe('');
  await page.context().close();
});

test('B15 what would become of a command is said with why, and again when the rules change', async () => {
  const on = host();
  keepRules(on);
  const page = await open(on);
  const answer = page.getByTestId('dry-run-answer');
  const command = page.getByTestId('dry-run-command');
  await command.fill('cargo test --all');
  await page.locator('[data-testid=dry-run-answer][data-outcome=runs]').waitFor();
  await expect.poll(() => answer.textContent()).toMatch(/Runs without asking.*Project only.*Your rule allows it\./);
  await page.getByTestId('dry-run-escalated').check();
  await page.locator('[data-testid=dry-run-answer][data-outcome=asks]').waitFor();
  await expect.poll(() => answer.textContent()).toContain('No sandbox');
  await page.getByTestId('dry-run-escalated').uncheck();
  await command.fill('ls && git push');
  await page.locator('[data-testid=dry-run-answer][data-outcome=refuses]').waitFor();
  await expect.poll(() => answer.textContent()).toContain('Your rule denies `git push`.');
  await page.getByRole('button', { name: 'Delete rule: deny git push' }).click();
  await page.locator('[data-testid=dry-run-answer][data-outcome=runs]').waitFor();
  await page.context().close();
});

test('B15 a file that cannot be read is shown with its error and the way out', async () => {
  const on = host();
  const kept = keepRules(on, BROKEN);
  const page = await open(on);
  const broken = page.getByTestId('rules-broken');
  await broken.waitFor();
  await expect.poll(() => broken.textContent()).toContain('rules.toml:7: unknown field `sandbox`');
  await expect.poll(() => broken.textContent()).toContain('is asked about');
  await expect.poll(() => page.getByTestId('rule-words').count()).toBe(0);
  await page.getByTestId('rules-open').click();
  await expect.poll(() => on.called('open_rules_file')).toHaveLength(1);
  // mended in an editor: looked at again as soon as the window is back in front
  kept.view = rules();
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await page.getByText('cargo publish').waitFor();
  await page.context().close();
});

test('B15 at 200 % nothing of the rules lies outside the dialog', async () => {
  const on = host();
  keepRules(on);
  const { page } = await openPage(browser, { viewport: { width: 640, height: 400 } });
  await on.open(page);
  await page.keyboard.press('Control+,');
  await page.getByTestId('settings-tab-rules').click();
  await page.getByTestId('rule-words').fill('cargo test --package a-package-with-a-rather-long-name --features everything');
  await page.getByTestId('rule-text').waitFor({ state: 'attached' });
  const wider = await page.evaluate(() => {
    const settings = document.querySelector('[data-testid=settings]');
    const all = [settings, ...(settings?.querySelectorAll('.settings-page, .settings-page *') ?? [])];
    const right = settings?.getBoundingClientRect().right ?? 0;
    return all
      .filter((each) => each && !each.closest('.sr-only') && each.getBoundingClientRect().right > right + 1)
      .map((each) => each?.className);
  });
  expect(wider).toEqual([]);
  await page.context().close();
});
