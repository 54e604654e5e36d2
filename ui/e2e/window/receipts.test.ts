import { describe, expect, test } from 'vitest';
import type { ReceiptCheck } from '../../src/bindings';
import { check, FILE, host, view } from '../fixture/receipts';
import { inBrowser } from '../fixture/window';

const open = inBrowser();

describe('a receipt', () => {
  test('is shown from the menu of a session: counts, then each task with what was decided', async () => {
    const shown = host();
    const page = await open(shown);
    await page.getByTestId('session-list').getByTestId('session-menu').first().click();
    await page.getByTestId('show-receipt').click();
    const dialog = page.getByTestId('receipt');
    await dialog.getByTestId('receipt-counts').waitFor();
    const counts = await dialog.getByTestId('receipt-counts').locator('li').allTextContents();
    expect(counts.map((count) => count.trim().replace(/\s+/g, ' '))).toEqual([
      '3 hunks approved',
      '1 declined',
      '1 edited',
      '2 commands',
      '1 comment',
    ]);
    const sections = dialog.getByRole('region', { name: /^Task|^Outside/ });
    await expect.poll(() => sections.locator('h3').allTextContents()).toEqual([
      'Task 1: Fix the failing range test ',
      'Task 2: And publish it. undone',
      'Outside of tasks ',
    ]);
    const patch = dialog.locator('[data-type=patch]');
    await patch.getByText('Approved by you').waitFor();
    await patch.getByText('written with your text').waitFor();
    await patch.getByText('Comment on src/range.rs:48: Why not a match here?').waitFor();
    await dialog.getByText('Allowed by your rule: cargo test · sandbox: project only').waitFor();
    await dialog.getByText('approvals: ask for more access, sandbox: project only').waitFor();
    await dialog.getByText('The task ended early: it was stopped').waitFor();
    await dialog.getByText('Undone: task 2 and later').waitFor();
    expect(shown.called('receipt')).toEqual([{ session: 's1' }]);
  });

  test('of a session that was imported says that nothing from before is in it', async () => {
    const shown = host();
    const records = view().records.map((each) => (each.type === 'session' ? { ...each, imported_from: 'codex' } : each));
    shown.on('receipt', () => ({ ...view(), records }));
    const page = await open(shown);
    await page.getByTestId('session-list').getByTestId('session-menu').first().click();
    await page.getByTestId('show-receipt').click();
    const said = 'Imported from codex. Nothing that it did before is in this receipt.';
    await expect.poll(() => page.getByTestId('receipt-imported').textContent()).toBe(said);
  });

  test('is copied and saved by the keyboard; without a keychain it is saved without a signature', async () => {
    const shown = host();
    shown.on('save_receipt', ({ unsigned }) => {
      if (!unsigned) throw new Error('the key that signs receipts is kept in the keychain, and it can’t be had');
      return { path: '~/receipt.json', fingerprint: null };
    });
    const page = await open(shown);
    // the page's own clipboard works on secure addresses only
    await page.evaluate(() => {
      const writeText = (text: string) => Promise.resolve((document.body.dataset.copied = text));
      Object.defineProperty(navigator, 'clipboard', { value: { writeText } });
    });
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('show receipt');
    await page.keyboard.press('Enter');
    await page.getByTestId('receipt-counts').waitFor();
    await page.getByTestId('receipt-copy').press('Enter');
    await expect.poll(() => page.evaluate(() => document.body.dataset.copied)).toBe('# Receipt: semver-lite\n');
    await page.getByTestId('receipt-save').press('Enter');
    await page.getByTestId('receipt-problem').getByText('kept in the keychain').waitFor();
    await page.getByTestId('receipt-save-unsigned').press('Enter');
    await page.getByText('Saved to ~/receipt.json, without a signature').waitFor();
    expect(shown.called('save_receipt')).toEqual([
      { session: 's1', unsigned: false },
      { session: 's1', unsigned: true },
    ]);
    await expect.poll(() => page.getByTestId('receipt').count()).toBe(0);
  });

  test('from a file is verified, alone or against a commit, and lines that nobody approved are named', async () => {
    const shown = host();
    const page = await open(shown);
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('verify');
    await page.keyboard.press('Enter');
    const dialog = page.getByTestId('verify-receipt');
    await dialog.getByTestId('receipt-file').setInputFiles(FILE);
    await dialog.getByText('receipt.json').waitFor();
    await dialog.getByTestId('receipt-commit').fill('HEAD');
    await page.keyboard.press('Enter');
    await dialog.getByText('2 of 6 changed lines of commit 1a2b3c4 are not in the receipt.').waitFor();
    const lines = await dialog.getByTestId('verify-lines').allTextContents();
    expect(lines.map((line) => line.trim().replace(/\s+/g, ' '))).toEqual([
      'src/range.rs lines 12–14 Approved by a person (record 5)',
      'src/range.rs lines 15–16 Not approved: nothing in the receipt tells of it',
      'Cargo.lock line 3 of the parent, removed Written by “cargo update”. Allowed by rule: cargo update (record 9)',
    ]);
    expect(shown.called('verify_receipt')).toEqual([{ text: '{"format":"x"}', project: 'p1', commit: 'HEAD' }]);
  });

  test('that takes long to verify is not told of as another that was chosen meanwhile', async () => {
    const shown = host();
    let give: (found: ReceiptCheck) => void = () => undefined;
    shown.on('verify_receipt', ({ text }) =>
      text.includes('slow') ? new Promise((resolve) => (give = resolve)) : check({ records: 7, commit: null }),
    );
    const page = await open(shown);
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('verify');
    await page.keyboard.press('Enter');
    await page.getByTestId('receipt-file').setInputFiles({ ...FILE, name: 'slow.json', buffer: Buffer.from('{"format":"slow"}') });
    await page.getByTestId('receipt-check').click();
    await expect.poll(() => shown.called('verify_receipt').length).toBe(1);
    await page.getByTestId('receipt-file').setInputFiles(FILE);
    await page.getByTestId('receipt-check').click();
    const found = page.getByTestId('verify-intact');
    await found.getByText('7 records').waitFor();
    const answered = page.waitForResponse('**/call/verify_receipt');
    give(check({ records: 99, commit: null }));
    await answered;
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    await expect.poll(() => found.textContent()).toContain('7 records');
  });

  test('that was tampered with says what was done to it', async () => {
    const faults = [
      { fault: 'changed', number: 4 },
      { fault: 'removed', from: 6, to: 7 },
      { fault: 'signature' },
    ] as const;
    const page = await open(host(check({ faults: [...faults], signer: 'broken', fingerprint: null, commit: null })));
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('verify');
    await page.keyboard.press('Enter');
    await page.getByTestId('receipt-file').setInputFiles(FILE);
    await page.getByTestId('receipt-check').click();
    const found = page.getByTestId('verify-intact');
    await found.getByText('This isn’t the receipt that was written.').waitFor();
    await expect.poll(() => found.locator('p').allTextContents()).toEqual([
      'This isn’t the receipt that was written.',
      'Record 4 was changed.',
      'Records 6 to 7 were removed.',
      'The signature doesn’t fit: it, the key, or what it signs was changed.',
    ]);
    await expect.poll(() => page.getByTestId('verify-signer').count()).toBe(0);
  });
});
