import { describe, expect, test } from 'vitest';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardIsOld, inBrowser, ops } from '../fixture/window';

const open = inBrowser();

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
    await cardIsOld(page);
    await page.getByTestId('hunk-check').nth(1).uncheck();
    await page.getByTestId('approve').click();
    await expect
      .poll(() => ops(host))
      .toMatchObject([{ type: 'decide', decision: 'approved', hunks: { accepted: ['0.0', '1.0', '2.0'] } }]);
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
