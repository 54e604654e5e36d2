import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SAMPLE, describeOnHost } from '../fixture/app';
import { faultsOf } from '../fixture/axe';

const read = (path: string) => readFile(join(SAMPLE, path), 'utf8');

describeOnHost('the window on the real host', (on) => {
  /** Presses a button of the card that waits, and waits until that card is gone. */
  async function decide(button: 'approve' | 'approve-session' | 'deny'): Promise<void> {
    const call = await on.page.getByTestId('approval').getAttribute('data-call');
    await on.page.getByTestId(button).click();
    await on.page.locator(`[data-testid=approval][data-call="${call}"]`).waitFor({ state: 'detached' });
  }

  const done = () => on.page.locator('[data-kind=task_end]').waitFor();
  const said = () => on.page.locator('[data-kind=agent]').allTextContents();

  test('names the model as what it is, and axe finds nothing', async () => {
    await on.page.getByText('Practice model', { exact: true }).waitFor();
    await expect.poll(() => faultsOf(on.page)).toEqual([]);
  });

  test('writes exactly the hunks that were accepted, as the person wrote them', async () => {
    const before = { clock: await read('lib/clock.sh'), tests: await read('tests/clock_test.sh') };
    await on.ask('rename minutes_of to clock_minutes');
    await on.page.getByTestId('approval').waitFor();
    await expect.poll(() => read('lib/clock.sh')).toBe(before.clock);

    // everything but the tests, and the comment in other words
    const file = (path: string) => on.page.locator(`[data-testid=review-file][data-path="${path}"]`);
    await file('tests/clock_test.sh').getByTestId('file-check').uncheck();
    const comment = file('lib/clock.sh').getByTestId('hunk').first();
    await comment.getByTestId('hunk-edit').click();
    const text = comment.getByTestId('hunk-text');
    const proposed = await text.inputValue();
    expect(proposed).toContain('# clock_minutes TIME');
    await text.fill(proposed.replace('minutes since midnight', 'as minutes of the day'));
    await text.press('Escape');
    await expect.poll(() => on.page.getByTestId('approve').textContent()).toMatch(/Approve \d+ of \d+ hunks/);
    await decide('approve');
    await done();

    const wanted = before.clock
      .replaceAll('minutes_of', 'clock_minutes')
      .replace('minutes since midnight', 'as minutes of the day');
    await expect.poll(() => read('lib/clock.sh')).toBe(wanted);
    await expect.poll(() => read('tests/clock_test.sh')).toBe(before.tests);
    const changed = on.page.locator('[data-testid=change-file][data-path="lib/clock.sh"]');
    await changed.waitFor();
    await expect.poll(() => changed.locator('[data-source]').getAttribute('data-source')).toBe('patch');
    await expect.poll(said).toEqual(expect.arrayContaining([expect.stringContaining('left')]));
  });

  test('takes a task back after a look at what that does, and brings it back', async () => {
    const before = await read('lib/text.sh');
    await on.ask('rename complain to grumble');
    await on.page.getByTestId('approval').waitFor();
    await decide('approve');
    await done();
    const after = await read('lib/text.sh');
    expect(after).not.toBe(before);

    await on.page.getByTestId('undo-task').click();
    await on.page.locator('[data-testid=undo-dialog] [data-path="lib/text.sh"]').waitFor();
    await expect.poll(() => read('lib/text.sh')).toBe(after);
    await on.page.getByTestId('undo-apply').click();
    await on.page.locator('[data-kind=undone]').waitFor();
    await expect.poll(() => read('lib/text.sh')).toBe(before);

    await on.page.getByTestId('redo').click();
    await on.page.getByTestId('undo-apply').click();
    await on.page.locator('[data-kind=undone]').nth(1).waitFor();
    await expect.poll(() => read('lib/text.sh')).toBe(after);
  });

  test('finds a session by its words, names it, and forks it at a task', async () => {
    await on.ask('What is in here?');
    await done();
    await on.page.locator('[data-testid=session-item][aria-current=true]').hover();
    await on.page.locator('li.current').getByTestId('session-menu').click();
    await on.page.getByText('Rename…').click();
    await on.page.getByTestId('rename-field').fill('A look around');
    await on.page.getByTestId('rename-field').press('Enter');
    await on.page.getByRole('heading', { level: 1, name: 'A look around' }).waitFor();

    await on.page.getByTestId('session-search').fill('look around');
    await on.page
      .locator('[data-testid=session-item] .found, [data-testid=session-item].found')
      .first()
      .waitFor();
    await on.page.getByTestId('session-search').press('Escape');

    await on.page.getByTestId('task-menu').click();
    await on.page.getByTestId('fork-here').click();
    await on.page.locator('[aria-current=true]').getByTestId('forked-mark').waitFor();
    await on.page.locator('[data-kind=task_end]').waitFor();
  });

  test('writes nothing when denied, and tells the model why', async () => {
    const before = await read('lib/text.sh');
    await on.ask('rename pad to widen');
    await on.page.getByTestId('approval').waitFor();
    await on.page.getByTestId('note').fill('the old name is fine');
    await decide('deny');
    await done();
    await expect.poll(() => read('lib/text.sh')).toBe(before);
    await expect.poll(async () => (await said()).join('\n')).toContain('the old name is fine');
  });

  test('asks the same again after a reload, and goes on from there', async () => {
    await on.ask('rename rule to line_of');
    await on.page.getByTestId('approval').waitFor();
    const call = await on.page.getByTestId('approval').getAttribute('data-call');
    await on.page.reload();
    await on.page.getByTestId('approval').waitFor();
    await expect.poll(() => on.page.getByTestId('approval').getAttribute('data-call')).toBe(call);
    await decide('approve');
    await done();
    await expect.poll(() => read('lib/text.sh')).toContain('line_of');
  });

  test('stops a task that waits, with Esc', async () => {
    const before = await read('lib/text.sh');
    await on.ask('rename pad to widen');
    await on.page.getByTestId('approval').waitFor();
    await on.page.getByTestId('composer').press('Escape');
    await on.page.getByTestId('approval').waitFor({ state: 'detached' });
    await on.page.getByText('Stopped by you').waitFor();
    await expect.poll(() => read('lib/text.sh')).toBe(before);
  });

  test('asks about a command under a stricter policy, and shows what it printed', async () => {
    await on.ask('Fix the failing test', true);
    const card = on.page.locator('[data-testid=approval][data-type=command]');
    await card.waitFor();
    await expect.poll(() => on.page.getByTestId('command-text').textContent()).toContain('tests/run.sh');
    await decide('approve');
    await on.page.locator('[data-kind=command]').getByText('passed').first().waitFor();
    await on.page.getByTestId('stop').click();
    await on.page.locator('[data-kind=task_end]').waitFor();
  });

  test('finds the sessions again', async () => {
    await on.ask('What is in here?');
    await done();
    const here = await on.page
      .locator('[data-testid=session-item][aria-current=true]')
      .getAttribute('data-session');
    await on.page.getByTestId('session-item').filter({ hasText: 'minutes_of' }).click();
    await on.page.locator('[data-kind=user]', { hasText: 'rename minutes_of' }).waitFor();
    await on.page.locator(`[data-session="${here}"]`).click();
    await on.page.locator('[data-kind=user]', { hasText: 'What is in here?' }).waitFor();
  });

  test('mentions files of the folder, and remembers prompts', async () => {
    await on.page.getByTestId('new-session').click();
    await on.page.getByTestId('empty').waitFor();
    await on.page.getByTestId('composer').pressSequentially('see @clock');
    await on.page.getByRole('option', { name: 'clock.sh' }).waitFor();
    await on.page.getByTestId('composer').press('Enter');
    await expect.poll(() => on.page.getByTestId('composer').inputValue()).toMatch(/^see @\S*clock\S* $/);
    await on.page.getByTestId('composer').fill('');
    await on.page.getByTestId('composer').press('ArrowUp');
    await expect.poll(() => on.page.getByTestId('composer').inputValue()).not.toBe('');
  });
});
