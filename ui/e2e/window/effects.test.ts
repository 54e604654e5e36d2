import { describe, expect, test } from 'vitest';
import type { ApprovalCard, PreviewCard } from '../../src/bindings';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardTakesKeys, inBrowser, ops } from '../fixture/window';
import * as work from '../fixture/work';

const open = inBrowser();

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

const effects = () => ({
  ...diffs.patchApproval(),
  reason: { type: 'effects' as const, argv: ['make', 'fix'], left_out: ['pipe: a named pipe'] },
  why: '`make fix` ran on a copy of the project. These are its changes; your files are as they were. Can’t be applied: pipe: a named pipe.',
});

describe('what a command changed on a copy of the project', () => {
  test('is decided hunk by hunk like a patch, and says what it is', async () => {
    const host = new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [effects()] }) }) });
    const page = await open(host);
    const card = page.getByTestId('approval');
    await expect.poll(() => card.textContent()).toContain('Apply what this command changed?');
    await page.getByText('ran on a copy of the project').waitFor();
    await cardTakesKeys(page);
    await page.getByTestId('hunk-check').nth(1).uncheck();
    await page.getByTestId('approve').click();
    await expect
      .poll(() => ops(host))
      .toMatchObject([{ type: 'decide', decision: 'approved', hunks: { accepted: ['0.0', '1.0', '2.0'] } }]);
  });

  test('is seen as pictures where it is some, and by its description alone where not', async () => {
    const about = (id: string, bytes: number) => diffs.hunk(id, 0, `+file, mode 0644\n+${bytes} bytes, SHA-256 ab`);
    const binary = (path: string, id: string) =>
      diffs.file(path, [about(id, 1234)], { status: 'added', marks: ['binary'] });
    const patch: ApprovalCard['body'] = {
      type: 'patch',
      files: [binary('logo.png', '0.0'), binary('data.bin', '1.0')],
      added: 4,
      removed: 0,
    };
    const approvals = [{ ...effects(), body: patch }];
    const host = new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals }) }) });
    host.on('file_versions', ({ path }) => ({
      old: null,
      new: { bytes: 1234, picture: path === 'logo.png' ? PIXEL : null, about: null },
    }));
    const page = await open(host);
    const card = page.getByTestId('approval');
    await card.getByTestId('pictures').getByText('1 KB').waitFor();
    await expect.poll(() => card.getByRole('img', { name: 'After: logo.png' }).count()).toBe(1);
    const asked = (path: string) => ({ session: 's1', of: { type: 'patch', call_id: 'call_patch' }, path });
    await expect
      .poll(() => host.called('file_versions'))
      .toEqual(expect.arrayContaining([asked('logo.png'), asked('data.bin')]));
    await expect.poll(() => card.getByTestId('pictures').count()).toBe(1);
    await expect.poll(() => card.getByTestId('binary-sizes').count()).toBe(0);
  });

  test('is a policy of the chip where this computer can do it, and says why where it can’t', async () => {
    const full = { level: 'full' as const, layers: ['bubblewrap 0.9.0'], gaps: [], no_overlay: null };
    for (const sandbox of [full, { ...full, no_overlay: 'it needs Linux 5.11' }]) {
      const view = data.view({ approvals: [], sandbox });
      const host = new FixtureHost(data.app({ sandbox, waiting: 0 }), { s1: data.session({ view }) });
      const page = await open(host);
      await page.getByTestId('policy-chip').click();
      const choice = page.getByRole('radio', { name: 'Ask about changes' });
      if (sandbox.no_overlay === null) {
        await choice.check();
        await expect
          .poll(() => ops(host))
          .toMatchObject([{ type: 'set_policy', policies: { approval: 'on-effect' } }]);
      } else {
        await expect.poll(() => choice.isDisabled()).toBe(true);
        await page.getByText('Not available on this computer: it needs Linux 5.11.').waitFor();
      }
    }
  });
});

describe('a preview', () => {
  const waiting = (approval: ApprovalCard) =>
    new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [approval] }) }) });

  function command(preview: PreviewCard): ApprovalCard {
    const approval = work.commandApproval();
    return approval.body.type === 'command' ? { ...approval, body: { ...approval.body, preview } } : approval;
  }

  test('is asked for beside Approve, with its button or P, and its changes lead back to the command', async () => {
    const host = waiting(command({ type: 'possible' }));
    const page = await open(host);
    await page.getByTestId('approval').focus();
    await cardTakesKeys(page);
    await expect.poll(() => page.getByTestId('preview').textContent()).toContain('Preview changes');
    await page.getByTestId('preview-rule').getByText('on a copy of the project').waitFor();
    await page.keyboard.press('p');
    await expect.poll(() => ops(host)).toMatchObject([{ type: 'decide', decision: 'preview', binding: 'first' }]);

    const changes = { ...effects(), reason: { ...effects().reason, previewed: true } };
    const reviewed = waiting(changes);
    const review = await open(reviewed);
    await cardTakesKeys(review);
    await expect.poll(() => review.getByTestId('deny').textContent()).toContain('Apply none');
    await review.getByTestId('preview-back').click();
    await expect.poll(() => ops(reviewed)).toMatchObject([{ type: 'decide', decision: 'preview_discarded' }]);
  });

  test('is not begun by P while changes are read: there it copies them', async () => {
    const view = data.view({ approvals: [command({ type: 'possible' })] });
    const host = new FixtureHost(data.app(), { s1: { ...data.finished(), view } });
    host.on('patch_text', () => 'diff --git a/a b/a\n');
    const page = await open(host);
    await page.evaluate(() => {
      const writeText = (text: string) => Promise.resolve((document.body.dataset.copied = text));
      Object.defineProperty(navigator, 'clipboard', { value: { writeText } });
    });
    await page.getByTestId('changes-review').click();
    await page.getByTestId('review').getByTestId('hunk').first().focus();
    await cardTakesKeys(page);
    await page.keyboard.press('p');
    await expect.poll(() => page.evaluate(() => document.body.dataset.copied)).toBe('diff --git a/a b/a\n');
    expect(ops(host)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByTestId('review').waitFor({ state: 'detached' });
    await page.getByTestId('approval').focus();
    await cardTakesKeys(page);
    await page.keyboard.press('p');
    await expect.poll(() => ops(host)).toMatchObject([{ type: 'decide', decision: 'preview' }]);
  });

  test('that changed nothing gives its output, and one that failed or can’t be had says why', async () => {
    const host = waiting(command({ type: 'unchanged', left_out: [] }));
    const page = await open(host);
    await page.getByTestId('approval').focus();
    await cardTakesKeys(page);
    await expect.poll(() => page.getByTestId('preview-result').textContent()).toContain('it changed no files');
    await expect.poll(() => page.getByTestId('approve').textContent()).toContain('Run for real');
    await page.keyboard.press('u');
    await expect.poll(() => ops(host)).toMatchObject([{ type: 'decide', decision: 'preview_used' }]);

    const failed = await open(waiting(command({ type: 'failed', why: 'the app stopped while it ran' })));
    await failed.getByTestId('preview-result').getByText('the app stopped while it ran').waitFor();
    await expect.poll(() => failed.getByTestId('preview').isVisible()).toBe(true);

    const none = await open(waiting(command({ type: 'impossible', why: 'it needs Linux 5.11' })));
    await none.getByTestId('preview-result').getByText('Not possible: it needs Linux 5.11.').waitFor();
    await expect.poll(() => none.getByTestId('preview').count()).toBe(0);
  });
});
