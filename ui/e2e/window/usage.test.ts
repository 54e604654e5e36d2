import { describe, expect, test } from 'vitest';
import type { ModelUsage, ReachedLimit, SessionView } from '../../src/bindings';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { axe } from '../fixture/axe';
import { inBrowser, ops } from '../fixture/window';
import { tokens } from '../../src/strings/format';

const open = inBrowser();
const DAY = 24 * 3_600_000;

const used = (model: string, input_tokens: number, provider = 'openai'): ModelUsage => ({
  provider,
  model,
  tokens: { input_tokens, cached_input_tokens: 0, output_tokens: 1_000, reasoning_output_tokens: 0 },
});

/** A host with prices, on which a session has used tokens. */
function priced(change: Partial<SessionView> = {}): FixtureHost {
  const app = data.app({ waiting: 0 });
  const prices = { 'gpt-5.2-codex': { input: 1_000_000, cached_input: 100_000, output: 10_000_000 } };
  const providers = app.providers.map((each) => (each.key === 'openai' ? { ...each, prices } : each));
  const session = data.finished();
  const big = used('gpt-5.2-codex', 100_000);
  const view = {
    ...session.view,
    provider: 'openai',
    model: 'gpt-5.2-codex',
    turn_usage: used('gpt-5.2-codex', 10_000),
    task_usage: [big],
    usage: [big, used('gpt-5.2', 50_000)],
    ...change,
  };
  const host = new FixtureHost({ ...app, providers }, { s1: { ...session, view } });
  host.on('day_usage', ({ bounds }) =>
    bounds.slice(0, -1).map((from_ms, index, all) => ({
      from_ms,
      usage: index >= all.length - 2 ? [big, used('qwen3-coder:30b', 9_000, 'ollama')] : [],
    })),
  );
  return host;
}

describe('tokens and cost', () => {
  test('are told of the turn, the task, the session and the day, and what is not known is said to be', async () => {
    const host = priced();
    const page = await open(host);
    await page.getByTestId('context-meter').click();
    const row = (name: string) => page.getByTestId(`cost-${name}`).locator('td').allTextContents();
    await page.getByTestId('cost-today').waitFor();
    await expect.poll(() => row('turn')).toEqual(['11.0k', '$0.020']);
    await expect.poll(() => row('task')).toEqual(['101k', '$0.110']);
    await expect.poll(() => row('session')).toEqual(['152k', '$0.110 and 51.0k tokens of unknown price']);
    await expect.poll(() => row('today')).toEqual(['111k', '$0.110']);
    const { bounds } = host.called('day_usage')[0] as { bounds: number[] };
    expect(bounds).toHaveLength(2);
    expect(new Date(bounds[0] ?? 0).getHours()).toBe(0);
    await axe(page);
    await page.getByTestId('set-prices').click();
    await page.getByTestId('price-example').waitFor();
    await expect.poll(() => page.getByTestId('costs').count()).toBe(0);
  });

  test('are no share of the context while that is not known, as after a summary', async () => {
    const host = priced({ context_used: 0, context_window: 200_000 });
    const page = await open(host);
    const meter = page.getByTestId('context-meter');
    await meter.waitFor();
    await expect.poll(() => meter.textContent()).not.toContain('%');
    await expect.poll(() => meter.getAttribute('title')).not.toContain('%');
  });

  test('of the day are counted when the meter is opened and when a task has ended; a late answer is passed over', async () => {
    const host = priced({ status: 'running' });
    const answers: ((tokens: number) => void)[] = [];
    host.on(
      'day_usage',
      () => new Promise((resolve) => answers.push((tokens) => resolve([{ from_ms: 0, usage: [used('gpt-5.2-codex', tokens)] }]))),
    );
    const page = await open(host);
    await page.getByTestId('context-meter').click();
    await expect.poll(() => answers.length).toBe(1);
    const running = host.sessions.s1?.view as SessionView;
    const input_tokens = running.tokens.input_tokens + 250_000;
    host.change({ type: 'session', session: { ...running, tokens: { ...running.tokens, input_tokens } } });
    const total = input_tokens + running.tokens.output_tokens;
    await expect.poll(() => page.getByTestId('context-meter').getAttribute('title')).toContain(tokens(total));
    host.change({ type: 'session', session: { ...running, status: 'idle' } });
    await expect.poll(() => answers.length).toBe(2);
    const row = () => page.getByTestId('cost-today').locator('td').first().textContent();
    answers[1]?.(20_000);
    await expect.poll(() => row()).toBe('21.0k');
    const answered = page.waitForResponse('**/call/day_usage');
    answers[0]?.(10_000);
    await answered;
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
    await expect.poll(() => row()).toBe('21.0k');
    expect(host.called('day_usage')).toHaveLength(2);
  });

  test('stand by day in the settings, with the limits of a task', async () => {
    const host = priced();
    const page = await open(host);
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('usage');
    await page.keyboard.press('Enter');
    const table = page.getByTestId('day-usage');
    await table.waitFor();
    await expect.poll(() => table.locator('tbody').count()).toBe(2);
    await expect.poll(() => table.locator('tbody th').first().textContent()).toBe('Today');
    await expect.poll(() => table.locator('tfoot td').allTextContents()).toEqual(['222k', '$0.220']);
    const { bounds } = host.called('day_usage').at(-1) as { bounds: number[] };
    expect(bounds).toHaveLength(31);
    expect(bounds.every((at, index) => index === 0 || at - (bounds[index - 1] ?? 0) >= DAY - 3_600_000)).toBe(true);
    await axe(page);

    await page.getByTestId('cost-limit').fill('2.50');
    await page.getByTestId('token-limit').fill('lots');
    await page.getByTestId('token-limit').press('Enter');
    await page.getByText('Enter a number of tokens above 0').waitFor();
    await page.getByTestId('token-limit').fill('500 000');
    await page.getByTestId('token-limit').press('Enter');
    await expect
      .poll(() => host.called('save_settings'))
      .toEqual([{ task_cost_limit: 2_500_000 }, { task_token_limit: 500_000 }]);
    await page.getByTestId('cost-limit').fill('');
    await page.getByTestId('cost-limit').press('Enter');
    await expect.poll(() => host.called('save_settings').at(-1)).toEqual({ task_cost_limit: null });
  });
});

describe('a task at its limit', () => {
  const reached: ReachedLimit = {
    task_id: 3,
    used: { input_tokens: 200_000, cached_input_tokens: 0, output_tokens: 4_000, reasoning_output_tokens: 0 },
    cost: 1_020_000,
    limit: { cost: 1_000_000 },
  };

  test('waits, and goes on for as much again, without a limit, or ends', async () => {
    const host = priced({ status: 'waiting', reached });
    const page = await open(host);
    const card = page.getByTestId('limit');
    await card.getByText('has used 204k tokens, which cost $1.02').waitFor();
    await expect.poll(() => page.getByTestId('limit-again').textContent()).toContain('another $1.00');
    await axe(page);
    for (const [button, op] of [
      ['limit-again', { type: 'raise_limit', task_id: 3, used: reached.used, no_limit: false }],
      ['limit-none', { type: 'raise_limit', task_id: 3, used: reached.used, no_limit: true }],
      ['limit-end', { type: 'interrupt' }],
    ] as const) {
      await page.getByTestId(button).press('Enter');
      await expect.poll(() => ops(host).at(-1)).toEqual(op);
      const { reached: _, ...view } = host.sessions.s1?.view as SessionView;
      host.change({ type: 'session', session: { ...view, status: 'running' } });
      await card.waitFor({ state: 'detached' });
      // the button is gone, and the prompt has the keys
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('composer');
      host.change({ type: 'session', session: { ...view, status: 'waiting', reached } });
      await card.waitFor();
    }
  });

  test('is decided in the inbox for one session after the other', async () => {
    const host = priced({ status: 'waiting', reached });
    const first = host.sessions.s1;
    if (!first) throw new Error('no session');
    host.sessions.s2 = { ...first, view: { ...first.view, session_id: 's2', reached: { ...reached, task_id: 8 } } };
    const at = { project: 'p1', call_id: 'limit', kind: 'limit' as const };
    const inbox = ['s1', 's2'].map((session, index) => ({ ...at, session, since_ms: Date.now() - 60_000 * (2 - index) }));
    host.app = { ...host.app, waiting: 2, inbox };
    const page = await open(host);
    await page.keyboard.press('Control+i');
    await page.getByTestId('inbox').waitFor();
    await page.getByTestId('limit-again').click();
    await expect.poll(() => ops(host)).toEqual([{ type: 'raise_limit', task_id: 3, used: reached.used, no_limit: false }]);
    // the next one is there, and waits for the person
    await page.locator('[data-testid=inbox-item][aria-current=true]').nth(0).waitFor();
    await expect.poll(() => page.getByTestId('limit-none').isEnabled()).toBe(true);
    await page.getByTestId('limit-none').click();
    await expect.poll(() => ops(host).at(-1)).toEqual({ type: 'raise_limit', task_id: 8, used: reached.used, no_limit: true });
    const sessions = host.called('submit').map((args) => (args as { session: string }).session);
    expect(sessions).toEqual(['s1', 's2']);
  });

  test('is in the inbox with what else waits', async () => {
    const host = priced({ status: 'waiting', reached });
    host.app = {
      ...host.app,
      waiting: 1,
      inbox: [{ session: 's1', project: 'p1', call_id: 'limit', kind: 'limit', since_ms: Date.now() - 60_000 }],
    };
    const page = await open(host);
    await page.keyboard.press('Control+i');
    const inbox = page.getByTestId('inbox');
    await inbox.getByTestId('inbox-item').getByText('The task has reached its limit').waitFor();
    await axe(page);
    await inbox.getByTestId('limit-again').click();
    await expect.poll(() => ops(host).at(-1)).toEqual({ type: 'raise_limit', task_id: 3, used: reached.used, no_limit: false });
  });
});
