import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { FileView } from '../../src/bindings';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { inBrowser } from '../fixture/window';

const open = inBrowser();

const CONVERTED = 'one\ntwo\nthree'.split('\n');
const FILES: FileView[] = [
  diffs.file('notes.txt', [diffs.hunk('0.0', 1, [...CONVERTED.map((line) => `-${line}`), ...CONVERTED.map((line) => `+${line}`)].join('\n'))]),
  diffs.file('last.txt', [diffs.hunk('1.0', 7, ' first\n-second\n-end\n+other\n+end')]),
  diffs.file('run.sh', [], { marks: ['mode'], sources: ['command'] }),
  diffs.file('logo.png', [], { marks: ['binary'], notes: ['binary file'], sources: ['other'] }),
];
const view = (files = FILES) => ({ files, added: 5, removed: 5, notes: [] });

/** A picture of one pixel. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

function done(files = FILES): FixtureHost {
  const session = data.finished();
  const idle = { ...session.view, status: 'idle' as const, approvals: [] };
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: { ...session, view: idle, changes: view(files) } });
  host.on('preview_undo', () => ({ task_id: 1, changes: view(files), conflicts: [], lost: null, redo: false }));
  const picture = { bytes: 70, picture: PIXEL, about: 'PNG image, 1 x 1 pixels' };
  host.on('file_versions', () => ({ old: picture, new: picture }));
  return host;
}

const panel = (page: Page) => page.getByTestId('changes');
const review = (page: Page) => page.getByTestId('review');
const undo = (page: Page) => page.getByTestId('undo-dialog');

describe('a line of which only the ending changes', () => {
  test('is marked in Changes, in the review and before an undo, and said', async () => {
    const page = await open(done());
    const said = ['3 lines differ only in their line ending (LF, CRLF or none).', '1 line differs only in its line ending'];
    for (const place of [panel, review, undo]) {
      if (place === review) await panel(page).getByTestId('changes-review').click();
      if (place === undo) {
        await page.getByTestId('review-close').click();
        await panel(page).getByTestId('undo-last').click();
      }
      const notes = place(page).getByTestId('endings');
      await expect.poll(() => notes.count()).toBe(2);
      for (const [at, text] of said.entries()) await expect.poll(() => notes.nth(at).textContent()).toContain(text);
      await expect.poll(() => place(page).locator('.ending').count()).toBe(8);
      await axe(page);
    }
  });

  test('is found in a hunk that comes in parts', async () => {
    const lines = Array.from({ length: 600 }, (_, line) => `line ${line}`);
    const long = diffs.longHunkOf('0.0', [...lines.map((line) => `-${line}`), ...lines.map((line) => `+${line}`)].join('\n'));
    const host = done([diffs.file('long.txt', [long.hunk])]);
    host.on('hunk_lines', ({ from, count }) => long.lines(from, count));
    const page = await open(host);
    await expect.poll(() => panel(page).getByTestId('endings').textContent()).toContain('600 lines differ');
  });

  test('is none where a patch waits, which keeps them', async () => {
    const approval = diffs.patchApproval();
    if (approval.body.type !== 'patch') throw new Error('not a patch');
    approval.body.files = FILES.slice(0, 1);
    const page = await open(new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [approval] }) }) }));
    await page.getByTestId('hunk').first().waitFor();
    await expect.poll(() => page.getByTestId('endings').count()).toBe(0);
  });
});

describe('a file without lines to show', () => {
  test('says what it is in Changes, in the review and before an undo', async () => {
    const page = await open(done());
    const marks = (within: (page: Page) => ReturnType<typeof panel>, path: string) =>
      within(page).locator(`[data-path="${path}"]`).getByTestId('change-marks').textContent();
    await expect.poll(() => marks(panel, 'run.sh')).toContain('mode');
    await expect.poll(() => marks(panel, 'logo.png')).toContain('binary');
    await panel(page).getByText('Only its mode changes.').waitFor();
    await panel(page).getByTestId('changes-review').click();
    await review(page).getByText('Only its mode changes.').waitFor();
    await page.getByTestId('review-close').click();
    await panel(page).getByTestId('undo-last').click();
    await expect.poll(() => marks(undo, 'logo.png')).toContain('binary');
    await undo(page).getByText('Only its mode changes.').waitFor();
  });

  test('shows its pictures as they are now', async () => {
    const host = done();
    const page = await open(host);
    await expect.poll(() => panel(page).getByTestId('pictures').locator('img').count()).toBe(2);
    await expect.poll(() => host.called('file_versions').length).toBe(1);
    host.on('file_versions', () => ({ old: { bytes: 70, picture: PIXEL, about: null }, new: null }));
    host.change({ type: 'changes', changes: view(FILES.map((file) => ({ ...file }))) });
    await expect.poll(() => panel(page).getByTestId('pictures').locator('img').count()).toBe(1);
  });
});
