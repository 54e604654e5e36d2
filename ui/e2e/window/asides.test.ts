import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { AskAsideArgs, DraftMessageArgs } from '../../src/bindings';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { inBrowser } from '../fixture/window';
import * as work from '../fixture/work';

const open = inBrowser();

/** A host on which a task is done, in a repository. */
function committing(): FixtureHost {
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
  host.on('commit_plan', () => work.commitPlan({}));
  host.on('commit', () => ({ type: 'made', id: '1a2b3c4' }));
  return host;
}

/** A promise, and what fulfils it. */
function held<T>() {
  let give: (value: T) => void = () => undefined;
  const value = new Promise<T>((resolve) => (give = resolve));
  return { value, give };
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));

const DRAFT = 'Keep carets below the next major\n\nThe upper bound was left out.';

describe('the message of a commit', () => {
  test('is drafted as it streams, from the picked files, and what was typed comes back', async () => {
    const host = committing();
    const whole = held<{ text: string; stopped: boolean; usage: null }>();
    host.on('draft_commit_message', () => whole.value);
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    const message = dialog.getByTestId('commit-message');
    await message.fill('carets');
    await dialog.getByTestId('draft-message').click();
    await expect.poll(() => host.called('draft_commit_message').length).toBe(1);
    const [asked] = host.called('draft_commit_message') as DraftMessageArgs[];
    expect(asked).toMatchObject({ session: 's1', paths: ['src/range.rs'], typed: 'carets' });
    const name = asked?.name ?? '';
    host.send({ type: 'side_answer', name, delta: 'Keep carets ' }, { type: 'side_answer', name: 'another', delta: 'no' });
    host.send({ type: 'side_answer', name, delta: 'below' });
    await expect.poll(() => message.inputValue()).toBe('Keep carets below');
    // half a message is not committed
    await expect.poll(() => dialog.getByTestId('commit-apply').isDisabled()).toBe(true);
    whole.give({ text: DRAFT, stopped: false, usage: null });
    await expect.poll(() => message.inputValue()).toBe(DRAFT);
    await axe(page);
    await message.press('End');
    await dialog.getByTestId('draft-swap').press('Enter');
    await expect.poll(() => message.inputValue()).toBe('carets');
    await dialog.getByTestId('draft-swap').press('Enter');
    await expect.poll(() => message.inputValue()).toBe(DRAFT);
    await message.press('Control+Enter');
    await expect.poll(() => host.called('commit')).toMatchObject([{ request: { message: DRAFT } }]);
  });

  test('stays as it was typed when a draft fails, and as far as it came when it is stopped', async () => {
    const host = committing();
    host.on('draft_commit_message', () => {
      throw new Error('the model could not be reached: connection refused');
    });
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    const message = dialog.getByTestId('commit-message');
    await message.fill('carets');
    await dialog.getByTestId('draft-message').click();
    await dialog.getByTestId('draft-failure').getByText('connection refused').waitFor();
    await expect.poll(() => message.inputValue()).toBe('carets');
    await expect.poll(() => dialog.getByTestId('draft-swap').count()).toBe(0);

    const whole = held<{ text: string; stopped: boolean; usage: null }>();
    host.on('draft_commit_message', () => whole.value);
    host.on('stop_aside', () => {
      whole.give({ text: 'Keep carets', stopped: true, usage: null });
      return null;
    });
    await dialog.getByTestId('draft-message').click();
    await dialog.getByTestId('draft-stop').click();
    await expect.poll(() => message.inputValue()).toBe('Keep carets');
    const asked = host.called('draft_commit_message').at(-1) as DraftMessageArgs;
    expect(host.called('stop_aside')).toEqual([{ session: 's1', name: asked.name }]);
    await dialog.getByTestId('draft-swap').click();
    await expect.poll(() => message.inputValue()).toBe('carets');
  });

  test('keeps the focus on its button, and a draft is stopped with the dialog', async () => {
    const host = committing();
    const whole = held<{ text: string; stopped: boolean; usage: null }>();
    host.on('draft_commit_message', () => whole.value);
    const page = await open(host);
    await page.getByTestId('commit-open').click();
    const dialog = page.getByTestId('commit-dialog');
    await dialog.getByTestId('draft-message').press('Enter');
    await dialog.getByTestId('draft-stop').waitFor();
    await expect.poll(() => focused(page)).toBe('draft-stop');
    whole.give({ text: DRAFT, stopped: false, usage: null });
    await dialog.getByTestId('draft-message').waitFor();
    await expect.poll(() => focused(page)).toBe('draft-message');
    const second = held<{ text: string; stopped: boolean; usage: null }>();
    host.on('draft_commit_message', () => second.value);
    await page.keyboard.press('Enter');
    await expect.poll(() => host.called('draft_commit_message').length).toBe(2);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const asked = host.called('draft_commit_message').at(-1) as DraftMessageArgs;
    await expect.poll(() => host.called('stop_aside')).toEqual([{ session: 's1', name: asked.name }]);
    second.give({ text: 'Keep', stopped: true, usage: null });
  });
});

describe('a question about a hunk', () => {
  test('quotes it, is answered beside it as it streams, and can be stopped', async () => {
    const host = committing();
    const whole = held<unknown>();
    host.on('ask_aside', () => whole.value as never);
    host.on('hunk_origin', () => null);
    const page = await open(host);
    await page.locator('[data-testid=diff-menu][data-part=hunk]').first().click();
    await page.getByTestId('diff-ask').click();
    const dialog = page.getByTestId('why');
    await dialog.getByText('src/range.rs').first().waitFor();
    // the field has the keys at once
    await expect.poll(() => dialog.getByTestId('ask-field').evaluate((field) => field === document.activeElement)).toBe(true);
    await page.keyboard.type('Could this break a caller?');
    await page.keyboard.press('Enter');
    await expect.poll(() => host.called('ask_aside').length).toBe(1);
    const [asked] = host.called('ask_aside') as AskAsideArgs[];
    expect(asked).toMatchObject({ session: 's1', text: 'Could this break a caller?', about: { of: { type: 'changes' }, path: 'src/range.rs' } });
    host.send({ type: 'side_answer', name: asked?.name ?? '', delta: 'Only one that ' });
    await dialog.getByTestId('ask-answer').getByText('Only one that').waitFor();
    host.on('stop_aside', () => {
      const blocks = [{ id: 0, block: 'paragraph', spans: [{ text: 'Only one that' }] }];
      whole.give({ blocks, text: 'Only one that', stopped: true, usage: null });
      return null;
    });
    await dialog.getByTestId('ask-stop').press('Enter');
    await dialog.getByText('Stopped by you.').waitFor();
    await expect.poll(() => focused(page)).toBe('ask-send');
    await axe(page);
    // nothing was submitted to the task
    expect(host.called('submit')).toEqual([]);
  });
});
