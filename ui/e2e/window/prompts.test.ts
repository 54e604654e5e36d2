import { describe, expect, test } from 'vitest';
import type { QueuedPrompt, Row, SessionSummary } from '../../src/bindings';
import { axe } from '../fixture/axe';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { inBrowser, ops } from '../fixture/window';

const open = inBrowser();

/** A host with a running task, whose queue is as the window leaves it. */
function queueing(change: Partial<SessionSummary> = {}): FixtureHost {
  const host = new FixtureHost(data.app({ waiting: 0 }), {
    s1: data.session({ view: data.view({ status: 'running', approvals: [] }) }),
  });
  let queue: QueuedPrompt[] = [];
  let last = 0;
  const tell = () => {
    const sessions = host.app.sessions.map((each) => (each.id === 's1' ? { ...each, ...change, queue } : each));
    host.app = { ...host.app, sessions };
    host.send({ type: 'sessions', sessions, sessions_total: 5, elsewhere: [], session: 's1' });
    return null;
  };
  host.on('queue_prompt', ({ items }) => {
    const text = items.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join('\n');
    queue = [...queue, { id: (last += 1), text, pictures: items.filter((item) => item.type === 'image').length }];
    return tell();
  });
  host.on('order_queue', ({ prompts }) => {
    queue = prompts.flatMap((id) => queue.filter((each) => each.id === id));
    return tell();
  });
  host.on('take_queued', ({ prompt }) => {
    const taken = queue.find((each) => each.id === prompt);
    queue = queue.filter((each) => each.id !== prompt);
    tell();
    return [{ type: 'text', text: taken?.text ?? '' }];
  });
  host.on('send_queued', ({ prompt }) => {
    queue = queue.filter((each) => each.id !== prompt);
    return tell();
  });
  return host;
}

describe('prompts for later', () => {
  test('are queued by the keyboard, put in order, edited, sent and removed', async () => {
    const host = queueing();
    const page = await open(host);
    const composer = page.getByTestId('composer');
    for (const [index, text] of ['first', 'second', 'third'].entries()) {
      await composer.fill(text);
      await composer.press('Control+Enter');
      await page.getByTestId('queued').nth(index).waitFor();
      await expect.poll(() => composer.inputValue()).toBe('');
    }
    const texts = () => page.getByTestId('queued').locator('.text').allTextContents();
    expect(ops(host)).toEqual([]);
    await page.getByTestId('queued').nth(2).getByRole('button', { name: 'Move up' }).click();
    await expect.poll(texts).toEqual(['first', 'third', 'second']);
    await page.getByTestId('queued').nth(0).getByRole('button', { name: 'Remove' }).click();
    await expect.poll(texts).toEqual(['third', 'second']);
    await page.getByTestId('queued').nth(1).getByRole('button', { name: 'Edit' }).click();
    await expect.poll(() => composer.inputValue()).toBe('second');
    await page.getByTestId('queued').nth(0).getByRole('button', { name: 'Send now' }).click();
    await page.getByTestId('queue-list').waitFor({ state: 'detached' });
    expect(host.called('send_queued')).toEqual([{ session: 's1', prompt: 3 }]);
    // Enter adds to the running task
    await composer.press('Enter');
    await expect.poll(() => ops(host)).toMatchObject([{ type: 'user_input', items: [{ text: 'second' }] }]);
  });

  test('say so when they wait for the person', async () => {
    const host = queueing({ queue_held: true });
    const page = await open(host);
    await page.getByTestId('composer').fill('later');
    await page.getByTestId('queue').click();
    await page.getByText('1 prompt queued, on hold').waitFor();
  });
});

describe('an earlier prompt', () => {
  const prompted = (texts = ['Fix the range']): FixtureHost => {
    const session = data.finished();
    const first = session.row(0);
    const row = (index: number) =>
      index === 0
        ? {
            ...first,
            body: { type: 'user' as const, task_id: 3, content: texts.map((text) => ({ type: 'text' as const, text })) },
          }
        : session.row(index);
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: { ...session, row } });
    host.on('fork_session', () => {
      host.sessions.fork = { ...session, view: { ...session.view, session_id: 'fork', title: 'The fork' } };
      host.app = { ...host.app, session: 'fork' };
      return 'fork';
    });
    return host;
  };

  test('is edited in place and sent again in a fork from before it', async () => {
    const host = prompted();
    const page = await open(host);
    await page.getByTestId('transcript').press('Home');
    await page.getByTestId('edit-resend').first().focus();
    await page.keyboard.press('Enter');
    const field = page.getByTestId('edit-prompt');
    await expect.poll(() => field.inputValue()).toBe('Fix the range');
    await field.press('Escape');
    await field.waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('edit-resend');
    await page.keyboard.press('Enter');
    await field.fill('Fix the range and its test');
    await field.press('Control+Enter');
    await expect.poll(() => host.called('fork_session')).toEqual([{ session: 's1', task: 2 }]);
    await expect
      .poll(() => host.called('submit'))
      .toEqual([
        {
          session: 'fork',
          op: { type: 'user_input', items: [{ type: 'text', text: 'Fix the range and its test' }] },
        },
      ]);
    await page.locator('h1', { hasText: 'The fork' }).waitFor();
  });

  test('with a paste of 100,000 lines shows its beginning, all that can be read, and goes with what is edited', async () => {
    const long = Array.from({ length: 100_000 }, (_, line) => `line ${line} ${'x'.repeat(40)}\n`).join('');
    const host = prompted(['What is wrong here?', long]);
    const page = await open(host);
    await page.getByTestId('transcript').press('Home');
    const chip = page.getByTestId('long-text');
    await expect.poll(() => chip.textContent()).toContain('Show all of it: 5.2 MB, 100000 lines');
    const painted = () => page.locator('.user').first().evaluate((element) => element.textContent.length);
    await expect.poll(painted).toBeLessThan(3_000);
    await axe(page);
    await chip.click();
    const dialog = page.getByTestId('paste-dialog');
    await expect.poll(() => dialog.textContent()).toContain('99001 lines between');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByTestId('edit-resend').first().focus();
    await page.keyboard.press('Enter');
    const field = page.getByTestId('edit-prompt');
    await expect.poll(() => field.inputValue()).toBe('What is wrong here?');
    await expect.poll(() => chip.count()).toBe(1);
    await field.fill('And here?');
    await field.press('Control+Enter');
    await expect
      .poll(() => host.called('submit').map((each) => (each as { op: { items: { text: string }[] } }).op.items.map(({ text }) => text.length)))
      .toEqual([['And here?'.length, long.length]]);
  });

  test('whose task failed is sent again by a button', async () => {
    const session = data.finished();
    const host = new FixtureHost(data.app({ waiting: 0 }), {
      s1: { ...session, view: { ...session.view, error: { kind: 'unauthorized', message: 'no network', hint: 'try again' } } },
    });
    const page = await open(host);
    await page.getByTestId('send-again').click();
    await expect
      .poll(() => ops(host))
      .toEqual([{ type: 'user_input', items: [{ type: 'text', text: 'And publish it.' }] }]);
  });
});

describe('an error that ended a task', () => {
  test('has a button that sends the prompt again, unless the banner has it', async () => {
    const session = data.finished();
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: session });
    const page = await open(host);
    const again = page.locator('[data-kind=notice]').getByTestId('row-send-again');
    await again.waitFor();
    await expect.poll(() => page.getByTestId('send-again').count()).toBe(0);
    // while a task runs nothing is sent again
    host.change({ type: 'session', session: { ...session.view, status: 'running' } });
    await again.waitFor({ state: 'detached' });
    const error = { kind: 'other' as const, message: 'no network' };
    host.change({ type: 'session', session: { ...session.view, error } });
    await page.getByTestId('send-again').waitFor();
    await expect.poll(() => again.count()).toBe(0);
    host.change({ type: 'session', session: session.view });
    await again.click();
    await expect
      .poll(() => ops(host))
      .toEqual([{ type: 'user_input', items: [{ type: 'text', text: 'And publish it.' }] }]);
  });

  test('has none when more was asked since', async () => {
    const session = data.finished();
    const later: Row = { id: 'later', at_ms: 1, body: { type: 'user', content: [{ type: 'text', text: 'Never mind.' }] } };
    const row = (index: number) => (index < session.total ? session.row(index) : later);
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: { ...session, row, total: session.total + 1 } });
    const page = await open(host);
    await page.getByText('Never mind.').waitFor();
    await page.locator('[data-kind=notice]').last().waitFor();
    await expect.poll(() => page.getByTestId('row-send-again').count()).toBe(0);
  });
});

describe('an export', () => {
  test('is in the menu of a session and in the palette, and says what was removed', async () => {
    const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
    host.on('export_session', ({ format }) =>
      format === 'markdown' ? { path: '~/fix.md', secrets_removed: 2 } : { path: '~/fix.html', secrets_removed: 0 },
    );
    const page = await open(host);
    await page.getByTestId('session-list').getByTestId('session-menu').first().click();
    await page.getByTestId('export-markdown').click();
    await page.getByText('Exported to ~/fix.md. 2 secrets were removed.').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('export web');
    await page.keyboard.press('Enter');
    await page.getByText('Exported to ~/fix.html. No secrets were found in it.').waitFor();
    expect(host.called('export_session')).toEqual([
      { session: 's1', format: 'markdown' },
      { session: 's1', format: 'html' },
    ]);
  });
});
