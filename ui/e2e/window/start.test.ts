import { describe, expect, test } from 'vitest';
import type { SessionSnapshot } from '../../src/bindings';
import * as data from '../fixture/data';
import { FixtureHost } from '../fixture/host';
import { inBrowser, ops } from '../fixture/window';

const open = inBrowser();

/** A host that keeps what was said in the session to itself until it is let go on. */
function starting() {
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished(), s2: data.session() });
  let goOn = () => {};
  const waits = new Promise<void>((resolve) => (goOn = resolve));
  const kept = async (): Promise<SessionSnapshot> => {
    await waits;
    return host.snapshot('s1');
  };
  host.on('subscribe', ({ session }) => (session === 's1' ? kept() : host.snapshot(session)));
  return { host, goOn };
}

describe('while the conversation is on its way', () => {
  test('what is typed stays, and what is sent goes into it', async () => {
    const { host, goOn } = starting();
    const page = await open(host);
    const composer = page.getByTestId('composer');
    await composer.fill('half a thought');
    await expect.poll(() => page.getByText('Opening').isVisible()).toBe(true);
    await composer.press('Enter');
    goOn();
    await expect.poll(() => ops(host)).toEqual([
      { type: 'user_input', items: [{ type: 'text', text: 'half a thought' }] },
    ]);
    expect(host.called('new_session')).toEqual([]);

    const second = starting();
    const later = await open(second.host);
    await later.getByTestId('composer').fill('half a thought');
    second.goOn();
    await later.getByTestId('row').first().waitFor();
    await expect.poll(() => later.getByTestId('composer').inputValue()).toBe('half a thought');
  });

  test('the palette lists what it does afterwards, and takes what is picked', async () => {
    const { host, goOn } = starting();
    const page = await open(host);
    await page.keyboard.press('Control+k');
    const picked = page.locator('[data-testid=palette-entry][aria-selected=true]');
    await expect.poll(() => picked.getAttribute('data-entry')).toBe('session s2');
    goOn();
    await page.getByTestId('row').first().waitFor();
    await expect.poll(() => picked.getAttribute('data-entry')).toBe('session s2');
    await page.keyboard.press('Enter');
    await expect.poll(() => host.called('open_session')).toEqual([{ session: 's2' }]);
  });
});
