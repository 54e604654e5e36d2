import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { FileView, RowBody } from '../../src/bindings';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { inBrowser } from '../fixture/window';

const open = inBrowser();

/** A host on which a task is done that changed files; nothing runs. */
function done(): FixtureHost {
  const session = data.finished();
  const view = { ...session.view, status: 'idle' as const, approvals: [] };
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: { ...session, view } });
  host.on('compare_changes', ({ scope }) => {
    if (scope === 'last_commit') throw new Error('this folder is in no git repository');
    return diffs.changes();
  });
  host.on('patch_text', () => 'diff --git a/a b/a\n');
  host.on('export_patch', () => ({ path: '~/range.rs.patch', secrets_removed: 0 }));
  return host;
}

const panel = (page: Page) => page.getByTestId('changes');
const menu = (page: Page, part: string) => panel(page).locator(`[data-testid=diff-menu][data-part=${part}]`);

/** Keeps what is copied where a test can read it. */
async function fakeClipboard(page: Page): Promise<() => Promise<string>> {
  await page.evaluate(() => {
    const copied = { text: '' };
    Object.assign(globalThis, { copied });
    Object.defineProperty(navigator, 'clipboard', {
      value: { writeText: async (text: string) => void (copied.text = text) },
    });
  });
  return () => page.evaluate(() => (globalThis as unknown as { copied: { text: string } }).copied.text);
}

describe('changes', () => {
  test('are shown of the task, the session or since the last commit, and say why they cannot be', async () => {
    const host = done();
    const page = await open(host);
    const scope = (name: string) => panel(page).getByRole('radio', { name });
    await expect.poll(() => scope('This task').isChecked()).toBe(true);
    expect(host.called('compare_changes')).toEqual([]);
    await panel(page).getByText('Session', { exact: true }).click();
    await panel(page).getByTestId('change-file').first().waitFor();
    expect(host.called('compare_changes')).toEqual([{ session: 's1', scope: 'session' }]);
    // by the keyboard, from one to the next
    await scope('Session').press('ArrowRight');
    await panel(page).getByTestId('scope-problem').getByText('This folder is in no git repository').waitFor();
    await scope('Last commit').press('ArrowLeft');
    await panel(page).getByTestId('change-file').first().waitFor();
    // what changes meanwhile is compared again
    const before = host.called('compare_changes').length;
    host.change({ type: 'changes', changes: diffs.changes() });
    await expect.poll(() => host.called('compare_changes').length).toBe(before + 1);
  });

  test('are reverted by hunk or by file, exactly as they are shown, and brought back from the message', async () => {
    const host = done();
    const page = await open(host);
    const { files } = diffs.changes();
    const [file] = files;
    const [hunk] = file?.hunks ?? [];
    await menu(page, 'hunk').first().click();
    await page.getByTestId('diff-revert').click();
    await page.getByText(`Reverted a hunk of ${file?.path}`).waitFor();
    expect(host.called('revert_changes')).toEqual([
      { session: 's1', scope: 'task', path: file?.path, hunk: hunk?.id, digest: hunk?.digest },
    ]);
    await page.getByTestId('toast-action').click();
    await expect.poll(() => host.called('apply_undo')).toEqual([
      { session: 's1', task_id: null, redo: true, overwrite: false },
    ]);
    await panel(page).getByText('Session', { exact: true }).click();
    await menu(page, 'file').first().click();
    await page.getByTestId('diff-revert').click();
    await expect.poll(() => host.called('revert_changes').at(-1)).toEqual(
      { session: 's1', scope: 'session', path: file?.path, hunk: null, digest: null },
    );
  });

  test('are not reverted while a task works on the files', async () => {
    const host = done();
    const session = host.sessions['s1'];
    if (!session) throw new Error('no session');
    host.sessions['s1'] = { ...session, view: { ...session.view, status: 'running' } };
    const page = await open(host);
    await menu(page, 'file').first().click();
    await expect.poll(() => page.getByTestId('diff-revert').getAttribute('aria-disabled')).toBe('true');
  });

  test('go out as a patch: a hunk, a file or all, to the clipboard or a file, by mouse and by key', async () => {
    const host = done();
    const page = await open(host);
    const copied = await fakeClipboard(page);
    const path = diffs.changes().files[0]?.path ?? '';
    await menu(page, 'all').click();
    await page.getByTestId('diff-copy').click();
    await page.getByText('Copied all changes as a patch').waitFor();
    await expect.poll(() => copied()).toBe('diff --git a/a b/a\n');
    await menu(page, 'file').first().click();
    await page.getByTestId('diff-export').click();
    await page.getByText('Exported to ~/range.rs.patch').waitFor();
    await panel(page).getByTestId('changes-review').click();
    await page.getByTestId('review').getByTestId('hunk').first().focus();
    await page.keyboard.press('p');
    await page.getByText(`Copied a hunk of ${path} as a patch`).waitFor();
    await page.keyboard.press('l');
    await page.keyboard.press('z');
    await expect.poll(() => host.called('revert_changes').length).toBe(1);
    const of = { type: 'changes' };
    const hunk = diffs.changes().files[0]?.hunks[0]?.id;
    expect(host.called('patch_text')).toEqual([
      { session: 's1', of, path: null, hunk: null },
      { session: 's1', of, path, hunk },
    ]);
    expect(host.called('export_patch')).toEqual([{ session: 's1', of, path, hunk: null }]);
    const [opened] = host.called('open_file') as { path: string; line: number }[];
    expect(opened?.path).toBe(path);
    expect(opened?.line).toBeGreaterThan(1);
  });
});

test('a revert stands in the conversation as the person’s own, with a way back', async () => {
  const host = done();
  const session = host.sessions['s1'];
  if (!session) throw new Error('no session');
  const undone: RowBody = {
    type: 'undone',
    redo: false,
    reverted: 'hunk',
    count: 1,
    paths: ['src/range.rs'],
    left_alone: [],
    can_redo: true,
  };
  const at = session.total;
  const row = (index: number) => (index === at ? { ...session.row(0), id: 'reverted', body: undone } : session.row(index));
  host.sessions['s1'] = { ...session, row, total: at + 1 };
  const page = await open(host);
  await page.getByText('You reverted a hunk of src/range.rs').waitFor();
  await page.getByTestId('redo').last().click();
  await expect.poll(() => host.called('preview_undo')).toEqual([{ session: 's1', task_id: null, redo: true }]);
});

describe('a diff', () => {
  const PIXEL =
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

  /** A host whose changes are these files. */
  function withFiles(files: FileView[]): FixtureHost {
    const host = done();
    const session = host.sessions['s1'];
    if (!session) throw new Error('no session');
    host.sessions['s1'] = { ...session, changes: { files, added: 0, removed: 0, notes: [] } };
    return host;
  }

  test('marks lines that were moved, quietly, and hides none of them', async () => {
    const [file] = diffs.changes().files;
    const [hunk] = file?.hunks ?? [];
    if (!file || !hunk) throw new Error('no hunk');
    const { first_change: from } = hunk;
    const page = await open(withFiles([{ ...file, hunks: [{ ...hunk, moved: [[from, from + 2]] }] }]));
    await panel(page).getByTestId('moved').getByText('2 lines moved').waitFor();
    const signs = panel(page).locator('.sign.moved');
    await expect.poll(() => signs.count()).toBe(2);
    await expect.poll(() => panel(page).locator('.line').count()).toBe(hunk.lines.length);
    await expect.poll(() => signs.first().getAttribute('title')).toContain('Moved');
  });

  test('shows both versions of a picture with their sizes, and the sizes of what is none', async () => {
    const [file] = diffs.changes().files;
    if (!file) throw new Error('no file');
    const binary = (path: string): FileView => ({ ...file, path, hunks: [], marks: ['binary'], notes: ['binary file'] });
    const host = withFiles([binary('logo.png'), binary('data.bin')]);
    host.on('file_versions', ({ path }) =>
      path === 'logo.png'
        ? {
            old: { bytes: 1234, picture: PIXEL, about: 'PNG image, 1 x 1 pixels' },
            new: { bytes: 5678, picture: PIXEL, about: 'PNG image, 1 x 1 pixels' },
          }
        : { old: { bytes: 12, picture: null, about: null }, new: null },
    );
    const page = await open(host);
    const pictures = panel(page).getByTestId('pictures');
    await pictures.getByText('1 KB').waitFor();
    await pictures.getByText('6 KB').waitFor();
    await expect.poll(() => pictures.getByRole('img').evaluateAll((all) => all.map((img) => (img as HTMLImageElement).alt))).toEqual([
      'Before: logo.png',
      'After: logo.png',
    ]);
    await panel(page).getByTestId('binary-sizes').getByText('Deleted: 12 bytes').waitFor();
    // also where it is read in the main area
    await panel(page).getByTestId('changes-review').click();
    await page.getByTestId('review').getByTestId('pictures').waitFor();
  });

  test('shows the pictures that an undo would bring back', async () => {
    const [file] = diffs.changes().files;
    if (!file) throw new Error('no file');
    const logo: FileView = { ...file, path: 'logo.png', hunks: [], marks: ['binary'], notes: ['binary file'] };
    const host = withFiles([file]);
    const changes = { files: [logo], added: 0, removed: 0, notes: [] };
    host.on('preview_undo', () => ({ task_id: 1, redo: false, changes, conflicts: [], lost: null }));
    host.on('file_versions', () => ({
      old: null,
      new: { bytes: 5678, picture: PIXEL, about: 'PNG image, 1 x 1 pixels' },
    }));
    const page = await open(host);
    await panel(page).getByTestId('undo-last').click();
    const dialog = page.getByTestId('undo-dialog');
    await dialog.getByRole('img', { name: 'After: logo.png' }).waitFor();
    await expect.poll(() => host.called('file_versions')).toEqual([{ session: 's1', of: { type: 'undo' }, path: 'logo.png' }]);
  });
});

test('why a hunk is there leads to what was asked and said before it, and to its place in the conversation', async () => {
  const host = done();
  const session = host.sessions['s1'];
  if (!session) throw new Error('no session');
  const bodies = Array.from({ length: session.total }, (_, at) => session.row(at));
  const asked = bodies.find((each) => each.body.type === 'user') ?? null;
  const said = bodies.find((each) => each.body.type === 'agent') ?? null;
  host.on('hunk_origin', ({ path }) => (path === 'src/range.rs' ? { row: 1, asked, said } : null));
  const page = await open(host);
  await panel(page).getByTestId('changes-review').click();
  await page.getByTestId('review').getByTestId('hunk').first().focus();
  await page.keyboard.press('w');
  const dialog = page.getByTestId('why');
  await dialog.getByTestId('why-asked').waitFor();
  await dialog.getByTestId('why-said').waitFor();
  expect(host.called('hunk_origin')).toEqual([
    { session: 's1', of: { type: 'changes' }, path: 'src/range.rs', hunk: diffs.changes().files[0]?.hunks[0]?.id },
  ]);
  await dialog.getByTestId('why-show').click();
  await expect.poll(() => dialog.count()).toBe(0);
  await expect.poll(() => page.getByTestId('review').count()).toBe(0);
});
