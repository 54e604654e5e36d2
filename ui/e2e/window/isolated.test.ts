import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { bringingIn, bringInApproval, COPIES, IsolatedProject } from '../fixture/isolated';
import { cardIsOld, cardTakesKeys, inBrowser, ops } from '../fixture/window';

const open = inBrowser();

const hunk = (page: Page, id: string): Locator => page.locator(`[data-hunk="${id}"]`);
const checked = (page: Page, id: string) => hunk(page, id).getByTestId('hunk-check').isChecked();
const summary = async (page: Page) => (await page.getByTestId('conflicts').getByRole('status').textContent())?.trim();
const isFocused = (of: Locator) => of.evaluate((element) => element === document.activeElement);

const refusal = (): never => {
  throw new Error('a task is running on this copy');
};

/** A session that works on a copy, and is shown with its popover open. */
async function withDetails(project: IsolatedProject): Promise<Page> {
  const page = await open(project.host);
  await page.getByTestId('isolated-chip').click();
  await page.getByText('48 KB').waitFor();
  return page;
}

/** The dialog of all copies, from the palette. */
async function withDialog(project: IsolatedProject): Promise<Page> {
  const page = await open(project.host);
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-field').fill('manage isolated');
  await page.keyboard.press('Enter');
  await page.getByTestId('copies-dialog').waitFor();
  return page;
}

const rows = (within: Page | Locator) =>
  within.getByTestId('copy-row').evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.copy));

describe('an isolated session', () => {
  test('is begun from the menu by New session, which says what it means', async () => {
    const project = new IsolatedProject();
    const page = await open(project.host);
    await page.getByTestId('new-session-menu').click();
    const item = page.getByTestId('new-isolated');
    await expect
      .poll(() => item.textContent())
      .toContain('Works on a copy of this folder. Nothing reaches your files until you bring it in.');
    await axe(page);
    await item.click();
    await expect.poll(() => project.host.called('new_session')).toEqual([{ project: 'p1', isolated: true }]);
    await page.getByTestId('isolated-chip').waitFor();
    await expect.poll(() => page.getByTestId('empty').textContent()).toContain('Nothing reaches your files');
    // New session itself is as it was
    await page.getByTestId('new-session').click();
    await expect.poll(() => project.host.called('new_session').at(-1)).toEqual({ project: 'p1' });
    await expect.poll(() => page.getByTestId('isolated-chip').count()).toBe(0);
  });

  test('is begun from the palette, and an error is shown as of any session', async () => {
    const project = new IsolatedProject();
    project.host.on('new_session', () => {
      throw new Error('isolated sessions need an overlay file system, which this computer doesn’t have');
    });
    const page = await open(project.host);
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('new isolated');
    await expect.poll(() => page.getByTestId('palette-entry').first().textContent()).toContain('Works on a copy.');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('toast').textContent()).toContain('need an overlay file system');
    await expect.poll(() => page.getByTestId('new-session').isEnabled()).toBe(true);
  });

  test('is marked in the list, and has no commit', async () => {
    const page = await open(new IsolatedProject().host);
    const marked = page.getByTestId('session-item').filter({ has: page.getByTestId('isolated-mark') });
    await expect.poll(() => marked.evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.session))).toEqual(['s1']);
    const mark = page.getByTestId('isolated-mark');
    await expect.poll(() => mark.getAttribute('title')).toBe('Isolated');
    await expect.poll(() => mark.textContent()).toBe('Isolated');
    const changes = page.getByTestId('changes');
    await expect.poll(() => changes.textContent()).toContain('Bring the changes in before you commit them.');
    await expect.poll(() => page.getByTestId('commit-open').count()).toBe(0);
    await expect.poll(() => page.getByTestId('undo-last').count()).toBe(1);
  });

  test('has its changes brought in from Changes, and an error is said there', async () => {
    const project = new IsolatedProject();
    project.host.on('bring_in', refusal);
    const page = await open(project.host);
    await page.getByTestId('changes-bring-in').click();
    await expect.poll(() => page.getByTestId('bring-in-failure').textContent()).toContain('A task is running');
    await axe(page);
    const other = new IsolatedProject();
    const second = await open(other.host);
    await second.getByTestId('changes-bring-in').click();
    await second.getByText('Bring in these changes?').waitFor();
    expect(other.host.called('bring_in')).toEqual([{ copy: 'c1' }]);
  });
});

describe('the chip of an isolated session', () => {
  test('says what the copy is, and brings its changes in', async () => {
    const project = new IsolatedProject();
    const page = await withDetails(project);
    const details = page.getByTestId('isolated-copy');
    for (const words of ['semver-lite', 'Nothing reaches your files until you bring it in.'])
      await expect.poll(() => details.textContent()).toContain(words);
    // three hours ago, which in the night is yesterday
    await expect.poll(() => details.textContent()).toMatch(/(?:Today|Yesterday), \d/);
    await axe(page);
    await page.getByTestId('isolated-bring-in').click();
    // the session that asks is shown
    await page.getByText('Bring in these changes?').waitFor();
    await expect.poll(() => page.locator('h1').textContent()).toBe('Bring in: Try an open upper bound');
    await expect.poll(() => page.getByTestId('isolated-chip').count()).toBe(0);
    expect(project.host.called('bring_in')).toEqual([{ copy: 'c1' }]);
  });

  test('discards it in one click, which can be undone', async () => {
    const project = new IsolatedProject();
    const page = await withDetails(project);
    await page.getByTestId('isolated-discard').click();
    await page.getByTestId('isolated-copy').waitFor({ state: 'detached' });
    await expect.poll(() => page.getByTestId('toast').textContent()).toContain('Moved the isolated copy of semver-lite to the trash');
    await page.getByTestId('isolated-chip').click();
    await page.getByText('This copy was discarded.').waitFor();
    await axe(page);
    await page.keyboard.press('Escape');
    await page.getByTestId('toast-action').click();
    await expect.poll(() => project.host.called('restore_copy')).toEqual([{ copy: 'c1' }]);
    await page.getByTestId('isolated-chip').click();
    await page.getByTestId('isolated-discard').waitFor();
  });

  test('is about the copy of the session that is shown', async () => {
    const project = new IsolatedProject();
    const other = { ...project.host.sessions.s1 } as ReturnType<typeof data.session>;
    project.host.sessions.s2 = { ...other, view: { ...other.view, session_id: 's2', title: 'Rewrite the parser', isolated: 'c2' } };
    const page = await withDetails(project);
    await page.locator('[data-session=s2]').click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('Rewrite the parser');
    await page.getByTestId('isolated-copy').waitFor({ state: 'detached' });
    await page.getByTestId('isolated-chip').click();
    await page.getByTestId('isolated-copy').getByText('212 MB').waitFor();
  });

  test('says an error in place, and reads again what couldn’t be read', async () => {
    const project = new IsolatedProject();
    project.host.on('discard_copy', refusal);
    const page = await withDetails(project);
    await page.getByTestId('isolated-discard').click();
    await expect.poll(() => page.getByTestId('isolated-failure').textContent()).toContain('A task is running on this copy');
    await axe(page);
    await expect.poll(() => page.getByTestId('toast').count()).toBe(0);
    await page.keyboard.press('Escape');
    project.host.on('isolated_copies', refusal);
    await page.getByTestId('isolated-chip').click();
    project.host.on('isolated_copies', () => COPIES);
    await page.getByTestId('isolated-failure').getByRole('button', { name: 'Try again' }).click();
    await page.getByTestId('isolated-failure').waitFor({ state: 'detached' });
  });
});

describe('the list of isolated copies', () => {
  test('shows each with its sessions, folder, size and age', async () => {
    const page = await withDialog(new IsolatedProject());
    await expect.poll(() => rows(page)).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
    const row = page.locator('[data-copy=c2]');
    for (const words of ['Compare both parsers', 'semver-lite', '212 MB', '1 day'])
      await expect.poll(() => row.textContent()).toContain(words);
    // a folder that isn't on the list has to be opened first
    const unlisted = page.locator('[data-copy=c3]');
    await expect.poll(() => unlisted.textContent()).toContain('Open this folder to bring changes in.');
    await expect.poll(() => unlisted.getByTestId('copy-bring-in').isDisabled()).toBe(true);
    await expect.poll(() => unlisted.getByTestId('copy-discard').isEnabled()).toBe(true);
    await axe(page);
  });

  test('discards, undoes that, and restores', async () => {
    const project = new IsolatedProject();
    const page = await withDialog(project);
    const trash = page.getByTestId('copy-trash');
    await page.locator('[data-copy=c2]').getByTestId('copy-discard').click();
    await expect.poll(() => rows(trash)).toEqual(['c2', 'c4', 'c5']);
    await expect.poll(() => isFocused(page.getByTestId('copies-dialog').getByRole('group', { name: 'Isolated copies' }))).toBe(true);
    await page.getByTestId('toast-action').click();
    await expect.poll(() => rows(trash)).toEqual(['c4', 'c5']);
    await trash.locator('[data-copy=c4]').getByTestId('copy-restore').click();
    await expect.poll(() => rows(trash)).toEqual(['c5']);
    expect(project.host.called('restore_copy')).toEqual([{ copy: 'c2' }, { copy: 'c4' }]);
  });

  test('empties the trash once that is confirmed', async () => {
    const project = new IsolatedProject();
    const page = await withDialog(project);
    await page.getByTestId('empty-trash').click();
    await page.getByText('Delete 2 copies for good? Their changes, 3.4 MB, can’t be restored after that.').waitFor();
    await expect.poll(() => isFocused(page.getByRole('button', { name: 'Cancel' }))).toBe(true);
    await axe(page);
    await page.keyboard.press('Enter');
    await expect.poll(() => isFocused(page.getByTestId('empty-trash'))).toBe(true);
    expect(project.host.called('empty_copy_trash')).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByTestId('empty-trash-confirm').click();
    await page.getByTestId('copy-trash').waitFor({ state: 'detached' });
    await expect.poll(() => rows(page)).toEqual(['c1', 'c2', 'c3']);
    expect(project.host.called('empty_copy_trash')).toEqual([{}]);
  });

  test('opens a session, and shows one that asks about the changes', async () => {
    const project = new IsolatedProject();
    project.host.sessions.s2 = data.session({ view: data.view({ session_id: 's2', title: 'Rewrite the parser', status: 'idle' }) });
    const page = await withDialog(project);
    // each session that works on the copy can be opened
    await page.locator('[data-copy=c2]').getByRole('button', { name: 'Open session Compare both parsers' }).waitFor();
    await page.locator('[data-copy=c2]').getByTestId('copy-open').first().click();
    await page.getByTestId('copies-dialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('h1').textContent()).toBe('Rewrite the parser');
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('manage isolated');
    await page.keyboard.press('Enter');
    await page.locator('[data-copy=c1]').getByTestId('copy-bring-in').click();
    await page.getByText('Bring in these changes?').waitFor();
    await expect.poll(() => page.getByTestId('copies-dialog').count()).toBe(0);
  });

  test('says an error at the copy it is about', async () => {
    const project = new IsolatedProject();
    project.host.on('discard_copy', refusal);
    project.host.on('bring_in', refusal);
    const page = await withDialog(project);
    for (const action of ['copy-discard', 'copy-bring-in']) {
      await page.locator('[data-copy=c2]').getByTestId(action).click();
      const failure = page.locator('[data-copy=c2] + tr').getByTestId('copy-failure');
      await expect.poll(() => failure.textContent()).toContain('A task is running on this copy');
      await axe(page);
    }
    await page.getByTestId('copies-dialog').waitFor();
  });

  test('says that there is none, or why it can’t be read', async () => {
    const none = new IsolatedProject([]);
    const page = await withDialog(none);
    await page.getByTestId('copies-empty').waitFor();
    await axe(page);
    await page.getByTestId('copies-start').click();
    await expect.poll(() => none.host.called('new_session')).toEqual([{ project: 'p1', isolated: true }]);

    const broken = new IsolatedProject();
    broken.host.on('isolated_copies', refusal);
    const second = await withDialog(broken);
    await second.getByTestId('copies-problem').waitFor();
    await axe(second);
    broken.host.on('isolated_copies', () => COPIES);
    await second.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => rows(second)).toHaveLength(5);

    const slow = new IsolatedProject();
    slow.host.on('isolated_copies', () => new Promise(() => undefined));
    const third = await withDialog(slow);
    await third.getByText('Reading the copies…').waitFor();
  });
});

describe('changes that are brought in', () => {
  test('are read in the main area, and conflicts are the person’s to choose', async () => {
    const host = bringingIn();
    const page = await open(host);
    await page.getByTestId('review').waitFor();
    await expect.poll(() => Promise.all(['0.0', '1.0', '2.0'].map((id) => checked(page, id)))).toEqual([false, false, true]);
    await expect.poll(() => page.getByTestId('conflict').count()).toBe(2);
    await expect.poll(() => summary(page)).toBe('2 changes conflict with the project. Choose for each.');
    const approve = page.getByTestId('approve');
    await expect.poll(() => approve.isDisabled()).toBe(true);
    await expect.poll(() => approve.getAttribute('title')).toBe('2 changes conflict with the project. Choose for each.');
    await expect.poll(() => page.getByTestId('approve-session').count()).toBe(0);
    await axe(page);
    // a key approves no more than the button
    await cardTakesKeys(page);
    for (const key of ['a', 's']) await page.keyboard.press(key);

    await hunk(page, '0.0').getByTestId('conflict-take').click();
    await expect.poll(() => checked(page, '0.0')).toBe(true);
    await expect.poll(() => approve.isDisabled()).toBe(true);
    await page.getByTestId('next-conflict').click();
    await expect.poll(() => isFocused(hunk(page, '1.0'))).toBe(true);
    const keep = hunk(page, '1.0').getByTestId('conflict-keep');
    await keep.click();
    await expect.poll(() => keep.getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => summary(page)).toBe('All conflicts are decided.');
    await expect.poll(() => approve.textContent()).toContain('Approve 2 of 3 hunks');
    await axe(page);
    await cardIsOld(page);
    expect(ops(host)).toEqual([]);
    await approve.click();
    await expect
      .poll(() => ops(host))
      .toEqual([
        {
          type: 'decide',
          call_id: 'bring_in_1',
          binding: 'first',
          decision: 'approved',
          hunks: { accepted: ['0.0', '2.0'], edited: [] },
        },
      ]);
  });

  test('name their hunks also where all are taken, by the keyboard alone', async () => {
    const host = bringingIn();
    const page = await open(host);
    await cardTakesKeys(page);
    await hunk(page, '0.0').focus();
    await page.keyboard.press('Space');
    await expect.poll(() => checked(page, '0.0')).toBe(true);
    await page.keyboard.press('j');
    await expect.poll(() => isFocused(hunk(page, '1.0'))).toBe(true);
    // leaving out the copy's lines is a choice too
    await page.keyboard.press('x');
    await expect.poll(() => hunk(page, '1.0').getByTestId('conflict-keep').getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => page.getByTestId('approve').isEnabled()).toBe(true);
    await page.keyboard.press('Space');
    await expect.poll(() => hunk(page, '1.0').getByTestId('conflict-take').getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('a');
    await expect
      .poll(() => ops(host))
      .toMatchObject([{ decision: 'approved', hunks: { accepted: ['0.0', '1.0', '2.0'], edited: [] } }]);
  });

  test('of a whole file leave its conflicts to be chosen one by one', async () => {
    const { body, ...rest } = bringInApproval();
    const [cargo, range, tests] = body.type === 'patch' ? body.files : [];
    if (!cargo || !range || !tests) throw new Error('the patch has three files');
    // a conflict and another hunk in one file
    const both = { ...range, hunks: [...range.hunks, ...tests.hunks] };
    const approval = { ...rest, body: { type: 'patch' as const, files: [cargo, both], added: 6, removed: 2 } };
    const host = new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [approval] }) }) });
    const page = await open(host);
    const box = (path: string) => page.locator(`[data-path="${path}"]`).getByTestId('file-check');
    await expect.poll(() => box('Cargo.toml').isDisabled()).toBe(true);
    await box('src/range.rs').uncheck();
    await expect.poll(() => hunk(page, '1.0').getByTestId('conflict-keep').getAttribute('aria-pressed')).toBe('true');
    await box('src/range.rs').check();
    await expect.poll(() => Promise.all(['1.0', '2.0'].map((id) => checked(page, id)))).toEqual([false, true]);
    await hunk(page, '1.0').getByTestId('conflict-take').click();
    await expect.poll(() => checked(page, '1.0')).toBe(true);
    // by the keyboard as well: Space leads to the conflict, X keeps the project's lines
    await cardTakesKeys(page);
    await page.locator('[data-file-bar="Cargo.toml"]').focus();
    await page.keyboard.press('Space');
    await expect.poll(() => isFocused(hunk(page, '0.0'))).toBe(true);
    await expect.poll(() => summary(page)).toContain('Choose for the last one.');
    await page.locator('[data-file-bar="Cargo.toml"]').focus();
    await page.keyboard.press('x');
    await expect.poll(() => hunk(page, '0.0').getByTestId('conflict-keep').getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => summary(page)).toBe('All conflicts are decided.');
    await page.getByTestId('approve').click();
    await expect.poll(() => ops(host)).toMatchObject([{ hunks: { accepted: ['1.0', '2.0'], edited: [] } }]);
  });

  test('are decided too by leaving lines out, and open again once these are put back', async () => {
    const host = bringingIn();
    const page = await open(host);
    await cardTakesKeys(page);
    await hunk(page, '1.0').getByTestId('conflict-keep').click();
    await hunk(page, '0.0').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('x');
    await expect.poll(() => hunk(page, '0.0').getByTestId('left-out').count()).toBe(1);
    await expect.poll(() => summary(page)).toBe('All conflicts are decided.');
    await expect.poll(() => hunk(page, '0.0').getByTestId('conflict-take').getAttribute('aria-pressed')).toBe('false');
    await hunk(page, '0.0').getByRole('button', { name: 'Put back' }).click();
    await expect.poll(() => summary(page)).toContain('Choose for the last one.');
  });

  test('show the three versions of a conflict, and take what the person makes of them', async () => {
    const host = bringingIn();
    const page = await open(host);
    await hunk(page, '0.0').getByTestId('conflict-compare').click();
    const sides = page.getByTestId('conflict-sides');
    const side = async (name: string) =>
      (await sides.getByRole('group', { name, exact: true }).locator('.line').allTextContents()).join('\n');
    await expect.poll(() => side('Before')).toBe('version = "0.3.0"');
    await expect.poll(() => side('In the project')).toBe('version = "0.4.0"');
    await expect.poll(() => side('In the copy')).toBe('version = "0.3.1"');
    await axe(page);
    await hunk(page, '0.0').getByTestId('hunk-edit').click();
    await page.getByTestId('hunk-text').fill('version = "0.4.1"');
    await page.getByTestId('hunk-text').press('Escape');
    await expect.poll(() => summary(page)).toBe('2 changes conflict with the project. Choose for the last one.');
    await expect.poll(() => hunk(page, '0.0').getByTestId('conflict-take').getAttribute('aria-pressed')).toBe('false');
    await hunk(page, '1.0').getByTestId('conflict-keep').click();
    await page.getByTestId('approve').click();
    await expect
      .poll(() => ops(host))
      .toMatchObject([{ hunks: { accepted: ['0.0', '2.0'], edited: [{ id: '0.0', new_text: 'version = "0.4.1"' }] } }]);
  });

  test('keep what was chosen over a reload', async () => {
    const host = bringingIn();
    const page = await open(host);
    await hunk(page, '0.0').getByTestId('conflict-take').click();
    await hunk(page, '1.0').getByTestId('conflict-keep').click();
    await expect
      .poll(() => JSON.parse(host.drafts.get('review s1 bring_in_1 first') ?? '{}') as unknown)
      .toMatchObject({ taken: ['0.0'], declined: ['1.0'] });
    await page.reload();
    await expect.poll(() => summary(page)).toBe('All conflicts are decided.');
    await expect.poll(() => Promise.all(['0.0', '1.0'].map((id) => checked(page, id)))).toEqual([true, false]);
  });

  test('can be nothing, which is a denial', async () => {
    const host = bringingIn();
    const page = await open(host);
    for (const id of ['0.0', '1.0']) await hunk(page, id).getByTestId('conflict-keep').click();
    await hunk(page, '2.0').getByTestId('hunk-check').uncheck();
    await expect.poll(() => summary(page)).toContain('No change is selected. Deny to leave the project as it is.');
    await expect.poll(() => page.getByTestId('approve').isDisabled()).toBe(true);
    await page.getByTestId('deny').click();
    await expect.poll(() => ops(host)).toMatchObject([{ decision: 'denied' }]);
  });

  test('without a conflict are approved as any patch', async () => {
    const { body, ...rest } = bringInApproval();
    const files = body.type === 'patch' ? body.files.slice(2) : [];
    const approval = { ...rest, body: { type: 'patch' as const, files, added: 4, removed: 0 } };
    const host = new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [approval] }) }) });
    const page = await open(host);
    await page.getByTestId('review').waitFor();
    await expect.poll(() => summary(page)).toBe('');
    await page.getByTestId('approve').click();
    await expect
      .poll(() => ops(host))
      .toEqual([{ type: 'decide', call_id: 'bring_in_1', binding: 'first', decision: 'approved' }]);
  });
});
