import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { SubmitArgs } from '../../src/bindings';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { manySessions } from '../fixture/inbox';
import { cardTakesKeys, inBrowser } from '../fixture/window';

const open = inBrowser();

/** Decisions so far: session, call, decision. */
function decisions(host: FixtureHost): string[] {
  return host.called('submit').map((args) => {
    const { session, op } = args as SubmitArgs;
    return op.type === 'decide' ? `${session} ${op.call_id} ${op.decision}` : op.type;
  });
}

const shownCall = (page: Page) => page.getByTestId('approval').getAttribute('data-call');

describe('the inbox', () => {
  test('answers what waits in every project by keys alone, the oldest first, and ends empty', async () => {
    const { host } = manySessions();
    const page = await open(host);
    await expect.poll(() => page.title()).toBe('(3) Countersign');
    await page.keyboard.press('Control+i');
    await page.getByTestId('inbox').waitFor();
    const subjects = await page.getByTestId('inbox-item').evaluateAll((all) => all.map((each) => each.getAttribute('data-call')));
    expect(subjects).toEqual(['call_command', 'call_patch', 'call_tool']);
    const about = page.getByTestId('inbox').locator('.about');

    await expect.poll(() => shownCall(page)).toBe('call_command');
    await expect.poll(() => about.textContent()).toMatch(/billing-service · Command ·\s+waiting for.*Charge the new card/s);
    await cardTakesKeys(page);
    await page.keyboard.press('a');
    await page.locator('[data-testid=approval][data-call=call_patch]').waitFor();
    await expect.poll(() => about.textContent()).toMatch(/semver-lite · Patch .*Fix the failing range test/s);
    await cardTakesKeys(page);
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    await page.keyboard.press('a');
    await page.locator('[data-testid=approval][data-call=call_tool]').waitFor();
    await cardTakesKeys(page);
    await page.keyboard.press('d');
    await page.getByTestId('inbox-empty').getByText('Nothing is waiting for you').waitFor();

    expect(decisions(host)).toEqual(['q1 call_command approved', 's2 call_patch approved', 'q2 call_tool denied']);
    const { op } = host.called('submit')[1] as SubmitArgs;
    expect(op).toMatchObject({ hunks: { accepted: ['0.0', '1.0', '2.0'] } });
    await expect.poll(() => page.title()).toBe('Countersign');
    // the conversation behind it is as it was
    await page.keyboard.press('Escape');
    await page.getByTestId('composer').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('composer');
    expect(host.called('open_session')).toEqual([]);
  });

  test('a key that was meant for one decision does not answer the next', async () => {
    const { host } = manySessions();
    const page = await open(host);
    await page.keyboard.press('Control+i');
    await page.getByTestId('approval').waitFor();
    await cardTakesKeys(page);
    // the keys are pressed in the very frame in which the next card is painted
    await page.evaluate(() => {
      new MutationObserver(() => {
        if (!document.querySelector('[data-call=call_patch][data-testid=approval]')) return;
        for (const key of ['a', 'd'])
          document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        document.documentElement.dataset.pressed = 'yes';
      }).observe(document.body, { childList: true, subtree: true, attributes: true });
    });
    await page.keyboard.press('a');
    await page.waitForFunction(() => document.documentElement.dataset.pressed === 'yes');
    await page.locator('[data-testid=approval][data-call=call_patch]').waitFor();
    expect(decisions(host)).toEqual(['q1 call_command approved']);
  });

  test('moves among the decisions, keeps what was done to each, and opens a session', async () => {
    const { host } = manySessions();
    const page = await open(host);
    await page.getByTestId('inbox-toggle').click();
    await page.locator('[data-testid=approval][data-call=call_command]').waitFor();
    await page.keyboard.press('Control+ArrowDown');
    await page.locator('[data-testid=approval][data-call=call_patch]').waitFor();
    await page.getByTestId('note').fill('keep the bound');
    await page.getByTestId('note').press('Escape');
    await page.getByTestId('inbox').waitFor();
    await page.getByTestId('inbox-item').nth(2).click();
    await page.locator('[data-testid=approval][data-call=call_tool]').waitFor();
    await page.keyboard.press('Control+ArrowUp');
    await page.locator('[data-testid=approval][data-call=call_patch]').waitFor();
    await expect.poll(() => page.getByTestId('note').inputValue()).toBe('keep the bound');
    await page.keyboard.press('Control+ArrowUp');
    await page.locator('[data-testid=approval][data-call=call_command]').waitFor();
    await page.keyboard.press('o');
    await page.getByTestId('inbox').waitFor({ state: 'detached' });
    await page.locator('h1', { hasText: 'Charge the new card' }).waitFor();
    await expect.poll(() => page.getByTestId('project-menu').textContent()).toContain('billing-service');
  });

  test('stays on what is looked at when others come and go', async () => {
    const { host } = manySessions();
    const page = await open(host);
    await page.keyboard.press('Control+i');
    await page.locator('[data-testid=approval][data-call=call_command]').waitFor();
    await page.keyboard.press('Control+ArrowDown');
    await page.locator('[data-testid=approval][data-call=call_patch]').waitFor();
    const inbox = (host.app.inbox ?? []).slice(1);
    host.send({ type: 'inbox', inbox, waiting: inbox.length });
    await page.getByTestId('inbox-count').getByText('2').waitFor();
    await expect.poll(() => shownCall(page)).toBe('call_patch');
    host.send({ type: 'inbox', inbox: inbox.slice(1), waiting: 1 });
    await page.locator('[data-testid=approval][data-call=call_tool]').waitFor();
  });

  test('Escape leaves it, and stops no task behind it', async () => {
    const { host } = manySessions();
    const page = await open(host);
    await page.locator('[data-session=q3]').click();
    await page.locator('h1', { hasText: 'Port the invoices' }).waitFor();
    await page.keyboard.press('Control+i');
    await page.getByTestId('approval').waitFor();
    await page.getByTestId('note').press('Escape');
    await page.getByTestId('inbox').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('inbox').waitFor({ state: 'detached' });
    expect(decisions(host)).toEqual([]);
  });

  test('is a command of the palette, and Ctrl I closes it again', async () => {
    const page = await open(manySessions().host);
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('inbox');
    await page.keyboard.press('Enter');
    await page.getByTestId('inbox').waitFor();
    await page.keyboard.press('Control+i');
    await page.getByTestId('inbox').waitFor({ state: 'detached' });
  });
});

describe('the sidebar over all projects', () => {
  test('lists the open sessions of the others, and goes to one in a step', async () => {
    const { host } = manySessions();
    const page = await open(host);
    const elsewhere = page.getByTestId('elsewhere');
    await expect.poll(() => elsewhere.getByTestId('elsewhere-project').allTextContents()).toEqual(['billing-service']);
    await expect.poll(() => elsewhere.getByTestId('session-item').count()).toBe(3);
    await expect.poll(() => elsewhere.locator('[data-session=q3]').textContent()).toMatch(/min.* · gpt-5\.2-codex/s);
    await elsewhere.locator('[data-session=q3]').click();
    await page.locator('h1', { hasText: 'Port the invoices' }).waitFor();
    await expect.poll(() => page.getByTestId('session-list').locator('[data-session=q3]').getAttribute('aria-current')).toBe('true');
    await expect.poll(() => elsewhere.locator('[data-session=s1]').count()).toBe(1);
  });

  test('marks a task that ended unseen until its session is shown', async () => {
    const { host, endTask } = manySessions();
    const page = await open(host);
    endTask('q3');
    const item = page.locator('[data-testid=session-item][data-session=q3]');
    await item.getByText('done, not seen yet').waitFor({ state: 'attached' });
    await item.click();
    await expect.poll(() => host.called('mark_seen')).toEqual([{ session: 'q3' }]);
    await item.getByText('done, not seen yet').waitFor({ state: 'detached' });
  });

  test('marks a session whose task failed', async () => {
    const { host, endTask } = manySessions();
    const page = await open(host);
    endTask('q3', { failed: true });
    await page.locator('[data-session=q3]').getByText('failed').waitFor({ state: 'attached' });
  });

  test('shows no other projects when none has an open session', async () => {
    const page = await open(new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() }));
    await page.getByTestId('session-list').waitFor();
    await expect.poll(() => page.getByTestId('elsewhere').count()).toBe(0);
  });
});
