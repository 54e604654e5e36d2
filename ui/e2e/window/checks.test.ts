import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { WindowOp } from '../../src/bindings';
import { axe } from '../fixture/axe';
import { ALL, card, CheckedProject, FAILED, PASSED } from '../fixture/checks';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { cardTakesKeys, inBrowser } from '../fixture/window';

const open = inBrowser();

const words = (page: Page) => page.getByTestId('check-state').textContent();
const without = (...ids: string[]) => ({ ...ALL, accepted: ALL.accepted.filter((id) => !ids.includes(id)) });

/** Ops about checks so far. */
const checks = (project: CheckedProject): WindowOp[] => project.ops.filter((op) => op.type !== 'decide');

/** Stops the page's clock: what is due later is due when the test says so. */
async function stopClock(page: Page): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 2000);
}

describe('the check beside a patch', () => {
  test('says in words how it is, and stands in the way of no decision', async () => {
    const project = new CheckedProject(card({ type: 'running', since_ms: Date.now() - 4000 }));
    const page = await open(project.host);
    await cardTakesKeys(page);
    await expect.poll(() => words(page)).toMatch(/^running \d+ s$/);
    await expect.poll(() => page.getByTestId('approve').isEnabled()).toBe(true);
    await page.getByTestId('check-stop').click();
    await expect.poll(() => checks(project)).toEqual([{ type: 'stop_check', call_id: 'call_patch' }]);

    project.show(card({ type: 'stopped' }));
    await expect.poll(() => words(page)).toBe('stopped');
    await page.getByTestId('check-run').click();
    await expect
      .poll(() => checks(project).at(-1))
      .toEqual({ type: 'check', call_id: 'call_patch', binding: 'first', hunks: ALL });

    project.show(card(PASSED));
    await expect.poll(() => words(page)).toBe('passed, 3.2 s');
    await expect.poll(() => page.getByTestId('check-run').count()).toBe(0);
    project.show(card({ type: 'impossible', why: 'the hunks don’t fit' }));
    await expect.poll(() => words(page)).toBe('can’t run: the hunks don’t fit');

    project.show(card(FAILED));
    await expect.poll(() => words(page)).toBe('failed, exit code 101, 3.2 s');
    await page.getByTestId('check-show').click();
    const output = page.getByTestId('check-output');
    await expect.poll(() => output.textContent()).toContain('assertion failed: !range("^1.2")');
    await expect.poll(() => output.textContent()).not.toContain('\u001b');
    await expect.poll(() => output.locator('.color-1').count()).toBe(2);
    await axe(page);
    await page.getByTestId('approve').click();
    await expect.poll(() => project.ops.at(-1)).toMatchObject({ type: 'decide', decision: 'approved' });
  });

  test('is told to screen readers when it changes, and not each second', async () => {
    const project = new CheckedProject(card({ type: 'running', since_ms: Date.now() }));
    const page = await open(project.host);
    const told = page.getByTestId('check').getByRole('status');
    await expect.poll(() => told.textContent()).toBe('The check is running.');
    await told.evaluate((element) => {
      new MutationObserver(() => (element.dataset.changes = String(Number(element.dataset.changes ?? 0) + 1))).observe(
        element,
        { childList: true, characterData: true, subtree: true },
      );
    });
    await expect.poll(() => words(page)).toMatch(/^running [2-9] s$/);
    await expect.poll(() => told.getAttribute('data-changes')).toBe(null);
    project.show(card(FAILED));
    await expect.poll(() => told.textContent()).toBe('The check failed.');
  });

  test('stands on a small patch in the dock too', async () => {
    const hunks = { accepted: ['0.0', '0.1'], edited: [] };
    const finding = { type: 'breaking' as const, hunks: ['0.1'], is_minimal: true };
    const project = new CheckedProject(card(FAILED, { hunks, finding }), { files: 1 });
    const page = await open(project.host);
    await expect.poll(() => page.getByTestId('review').count()).toBe(0);
    await page.getByTestId('check-place').click();
    const hunk = page.getByTestId('approval').locator('[data-hunk="0.1"]');
    await expect.poll(() => hunk.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

describe('a selection', () => {
  test('is checked once it has settled, and an old result is never said to be its own', async () => {
    const project = new CheckedProject(card(FAILED));
    const page = await open(project.host);
    await stopClock(page);
    const box = page.getByTestId('hunk-check');
    await box.nth(1).uncheck();
    await expect.poll(() => words(page)).toBe('failed, exit code 101, 3.2 s, with another choice of hunks');
    await page.clock.runFor(700);
    await box.nth(2).uncheck();
    await page.clock.runFor(700);
    await page.clock.runFor(100);
    await expect
      .poll(() => checks(project))
      .toEqual([{ type: 'check', call_id: 'call_patch', binding: 'first', hunks: without('0.1', '1.0') }]);
    await expect.poll(() => words(page)).toContain('with another choice of hunks');
    await expect.poll(() => page.getByTestId('check-run').count()).toBe(0);

    project.show(card({ type: 'running', since_ms: Date.now() }, { hunks: without('0.1', '1.0') }));
    await expect.poll(() => words(page)).toMatch(/^running \d+ s, with 2 of 4 hunks$/);
    project.show(card(PASSED, { hunks: without('0.1', '1.0') }));
    await expect.poll(() => words(page)).toBe('passed, 3.2 s, with 2 of 4 hunks');
    await page.clock.runFor(5000);
    await box.nth(2).check();
    await page.clock.runFor(800);
    await expect.poll(() => checks(project).length).toBe(2);
  });

  test('is not checked when its result is shown, or nothing is left of it', async () => {
    const project = new CheckedProject(card(PASSED));
    const page = await open(project.host);
    await stopClock(page);
    const box = page.getByTestId('hunk-check');
    await box.nth(1).uncheck();
    await box.nth(1).check();
    await expect.poll(() => words(page)).toBe('passed, 3.2 s');
    await page.clock.runFor(5000);
    for (const file of await page.getByTestId('file-check').all()) await file.uncheck();
    await expect.poll(() => page.getByTestId('approve').isDisabled()).toBe(true);
    await expect.poll(() => words(page)).toBe('passed, 3.2 s, with another choice of hunks');
    await page.clock.runFor(5000);
    await page.getByTestId('file-check').first().check();
    await page.clock.runFor(800);
    await expect.poll(() => checks(project)).toMatchObject([{ type: 'check', hunks: without('1.0', '2.0') }]);
  });

  test('with an edit is checked when the editor is closed', async () => {
    const project = new CheckedProject(card(PASSED));
    const page = await open(project.host);
    await stopClock(page);
    await page.getByTestId('hunk-edit').nth(1).click();
    await page.getByTestId('hunk-text').fill('        true');
    await expect.poll(() => words(page)).toContain('another choice');
    await page.clock.runFor(5000);
    await page.keyboard.press('Escape');
    await page.getByTestId('hunk-text').waitFor({ state: 'detached' });
    await page.clock.runFor(800);
    const hunks = { ...ALL, edited: [{ id: '0.1', new_text: '        true' }] };
    await expect.poll(() => checks(project)).toMatchObject([{ type: 'check', hunks }]);
    project.show(card(PASSED, { hunks }));
    await expect.poll(() => words(page)).toBe('passed, 3.2 s, with your edits');
  });

  test('with lines left out is checked without them', async () => {
    const project = new CheckedProject(card(PASSED));
    const page = await open(project.host);
    await cardTakesKeys(page);
    await stopClock(page);
    await page.locator('[data-hunk="1.0"]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    await page.getByTestId('left-out').waitFor();
    await page.clock.runFor(800);
    await expect
      .poll(() => checks(project))
      .toMatchObject([{ type: 'check', hunks: { ...ALL, partial: [{ id: '1.0', left_out: [1] }] } }]);
  });

  test('is checked again by a button, where another check was set since', async () => {
    const project = new CheckedProject(card(PASSED), { command: 'cargo clippy' });
    const page = await open(project.host);
    await expect.poll(() => words(page)).toBe('passed, 3.2 s, before the check was changed');
    await expect.poll(() => checks(project)).toMatchObject([{ type: 'check', hunks: ALL }]);
    // asked for once: no result came
    await page.getByTestId('check-run').click();
    await expect.poll(() => checks(project).length).toBe(2);
  });
});

describe('a search', () => {
  test('names the hunk that breaks the check, leads to it and takes it out', async () => {
    const project = new CheckedProject(card(FAILED));
    const page = await open(project.host);
    await cardTakesKeys(page);
    await expect.poll(() => page.getByTestId('check-find').textContent()).toContain('Find what breaks it');
    await page.getByTestId('check-find').click();
    await expect.poll(() => checks(project)).toMatchObject([{ type: 'find_needed', binding: 'first', hunks: ALL }]);
    project.show(card(FAILED, { search_runs: 4 }));
    await expect.poll(() => words(page)).toBe('failed, exit code 101, 3.2 s · searching, 4 runs');
    await expect.poll(() => page.getByTestId('check-find').count()).toBe(0);
    await page.getByTestId('check-stop').click();
    await expect.poll(() => checks(project).at(-1)).toEqual({ type: 'stop_check', call_id: 'call_patch' });

    project.show(card(FAILED, { finding: { type: 'breaking', hunks: ['0.1'], is_minimal: true } }));
    const finding = page.getByTestId('check-finding');
    await expect.poll(() => finding.textContent()).toContain('It passes without');
    await axe(page);
    await finding.getByRole('button', { name: 'src/range.rs:42' }).click();
    await expect.poll(() => page.locator('.hunk.current').getAttribute('data-hunk')).toBe('0.1');
    await page.getByTestId('check-apply').click();
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Approve 3 of 4 hunks');
    await expect
      .poll(() => page.getByTestId('approval').evaluate((element) => element === document.activeElement))
      .toBe(true);
    await expect.poll(() => finding.count()).toBe(0);
    await expect.poll(() => checks(project).at(-1)).toMatchObject({ type: 'check', hunks: without('0.1') });
  });

  test('shows a hunk also where the filter hides its file', async () => {
    const finding = { type: 'needed' as const, hunks: ['0.1', '1.0'], is_minimal: false };
    const project = new CheckedProject(card(PASSED, { finding }));
    const page = await open(project.host);
    await page.getByTestId('review-entry').first().waitFor();
    await expect
      .poll(() => page.getByTestId('check-finding').textContent())
      .toContain('The search reached its limit: fewer may be enough.');
    await page.getByPlaceholder('Filter files').fill('AGENTS');
    await expect.poll(() => page.getByTestId('review-entry').count()).toBe(1);
    await page.getByRole('button', { name: 'tests/ranges.rs:18' }).click();
    await expect.poll(() => page.locator('.hunk.current').getAttribute('data-hunk')).toBe('1.0');
    await page.getByRole('button', { name: 'Keep only these' }).click();
    await expect.poll(() => checks(project)).toMatchObject([{ type: 'check', hunks: { accepted: ['0.1', '1.0'] } }]);
  });

  test('is not offered for a single hunk, and says in a sentence what names no hunk', async () => {
    const project = new CheckedProject(card(PASSED, { finding: { type: 'needed', hunks: [], is_minimal: true } }));
    const page = await open(project.host);
    const finding = page.getByTestId('check-finding');
    await expect.poll(() => finding.textContent()).toContain('none of these hunks');
    project.show(card(FAILED, { finding: { type: 'nothing_passes', tried: 10, is_complete: true } }));
    await expect.poll(() => finding.textContent()).toContain('each of 10 sets of hunks');
    await expect.poll(() => page.getByTestId('check-find').count()).toBe(0);
    // one that was stopped can be begun again
    project.show(card(FAILED, { finding: { type: 'stopped' } }));
    await expect.poll(() => finding.textContent()).toContain('The search was stopped.');
    await page.getByTestId('check-find').waitFor();
    for (const at of [0, 1, 2]) await page.getByTestId('hunk-check').nth(at).uncheck();
    project.show(card(FAILED, { hunks: without('0.0', '0.1', '1.0') }));
    await expect.poll(() => words(page)).toContain('with 1 of 4 hunks');
    await expect.poll(() => page.getByTestId('check-find').count()).toBe(0);
  });
});

describe('the check of a project', () => {
  test('is set beside a patch, by its suggestion and Enter, and an error is said in place', async () => {
    const project = new CheckedProject(undefined, { command: null });
    const page = await open(project.host);
    await page.getByText('Check patches with a command…').click();
    const field = page.getByTestId('check-command');
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
    await expect.poll(() => page.getByTestId('check-seconds').inputValue()).toBe('600');
    await axe(page);

    project.host.on('set_project_check', () => {
      throw new Error('`say \'x` has a quote that is not closed');
    });
    await field.fill("say 'x");
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('check-problem').textContent()).toContain('has a quote that is not closed');
    await page.getByTestId('check-seconds').fill('soon');
    await page.getByText('Enter a whole number of seconds').waitFor();
    await expect.poll(() => page.getByTestId('check-save').isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByTestId('check-dialog').waitFor({ state: 'detached' });
    const link = page.getByTestId('check-set');
    await expect.poll(() => link.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(project.host.called('set_project_check')).toHaveLength(1);

    const again = new CheckedProject(undefined, { command: null });
    const second = await open(again.host);
    await second.getByTestId('check-set').click();
    await second.getByRole('button', { name: 'cargo test', exact: true }).click();
    await second.getByTestId('check-seconds').fill('90');
    await second.getByTestId('check-command').press('Enter');
    await second.getByTestId('check-dialog').waitFor({ state: 'detached' });
    expect(again.host.called('set_project_check')).toEqual([{ session: 's1', command: 'cargo test', timeout_s: 90 }]);
    await expect.poll(() => words(second)).toBe('not run yet');
  });

  test('is changed and removed from the palette, which says why it can’t run', async () => {
    const project = new CheckedProject(card(PASSED));
    project.host.on('project_check', () => ({
      command: 'cargo test',
      timeout_s: 600,
      suggestions: [],
      impossible: 'it needs Linux 5.11',
    }));
    const page = await open(project.host);
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('project’s check');
    await page.keyboard.press('Enter');
    await page.getByText('It can’t run on this computer: it needs Linux 5.11.').waitFor();
    await page.getByTestId('check-remove').click();
    await page.getByTestId('check-dialog').waitFor({ state: 'detached' });
    expect(project.host.called('set_project_check')).toEqual([{ session: 's1', command: null }]);
    // what ran stays on the card, and nothing more can run
    await expect.poll(() => words(page)).toBe('passed, 3.2 s');
    await expect.poll(() => page.getByTestId('check-find').count()).toBe(0);
  });
});

test('a patch that was decided says what was recorded with it', async () => {
  const finished = data.finished();
  const row = (index: number) => {
    const { body, ...rest } = finished.row(index);
    const check = card(FAILED, { hunks: { accepted: ['0.0', '1.0'], edited: [] } });
    return { ...rest, body: body.type === 'patch' ? { ...body, check } : body };
  };
  const page = await open(new FixtureHost(data.app({ waiting: 0 }), { s1: { ...finished, row } }));
  const patch = page.locator('[data-kind=patch]').first();
  await patch.getByTestId('checked').getByText('Check failed').waitFor({ state: 'attached' });
  await patch.getByRole('button').first().click();
  await expect
    .poll(() => patch.getByTestId('recorded-check').textContent())
    .toMatch(/Check failed with 2 of 3 hunks:\s+cargo test/);
  await patch.getByTestId('recorded-output').click();
  await expect.poll(() => patch.getByTestId('check-output').textContent()).toContain('assertion failed');
});
