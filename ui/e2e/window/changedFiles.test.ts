import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { FileView } from '../../src/bindings';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { inBrowser } from '../fixture/window';

const open = inBrowser();

const FILES: FileView[] = [
  diffs.file('notes.txt', [
    diffs.withEnds(diffs.hunk('0.0', 1, '-one\n-two\n+one\n+two'), ['crlf', 'crlf', 'lf', 'lf']),
    diffs.hunk('0.1', 20, '-old\n+new'),
  ]),
  diffs.file('last.txt', [diffs.withEnds(diffs.hunk('1.0', 7, ' first\n-end\n+end'), ['none', 'lf'])]),
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

describe('a change of line endings', () => {
  test('is said and marked in Changes, in the review and before an undo', async () => {
    const page = await open(done());
    const said = ['Line endings: CRLF before, LF after.', 'Line endings: no newline before, LF after.'];
    for (const place of [panel, review, undo]) {
      if (place === review) await panel(page).getByTestId('changes-review').click();
      if (place === undo) {
        await page.getByTestId('review-close').click();
        await panel(page).getByTestId('undo-last').click();
      }
      await expect.poll(() => place(page).getByTestId('endings').allTextContents()).toEqual(said);
      const marks = ['CRLF', 'CRLF', 'LF', 'LF', 'no newline', 'LF'].map((name) => ` ends with ${name}`);
      await expect.poll(() => place(page).locator('.ending').allTextContents()).toEqual(marks);
      await axe(page);
    }
  });
});

describe('who changed a file', () => {
  test('is a sign in the row of its name, with its words for the pointer and for who hears them, and words where there is room', async () => {
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
    const page = await open(host, { viewport: { width: 1700, height: 800 } });
    const file = panel(page).locator('[data-path="src/range.rs"]');
    const source = file.locator('[data-source=patch]');
    const words = source.locator('.words');
    const isInRow = async () => {
      const [name, mark] = [await file.locator('.name').first().boundingBox(), await source.boundingBox()];
      return name !== null && mark !== null && mark.y < name.y + name.height && mark.y + mark.height > name.y;
    };
    await expect.poll(isInRow).toBe(true);
    await expect.poll(() => source.getAttribute('title')).toBe('Changed by a patch of the agent');
    await expect.poll(() => source.textContent()).toBe('agent patch');
    await expect.poll(async () => (await words.boundingBox())?.width).toBe(1);
    const edge = panel(page).getByRole('separator');
    for (let step = 0; step < 40; step += 1) await edge.press('ArrowLeft');
    await expect.poll(async () => (await words.boundingBox())?.width).toBeGreaterThan(40);
    await expect.poll(isInRow).toBe(true);
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
