import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardIsOld, cardTakesKeys, inBrowser, ops } from '../fixture/window';

const open = inBrowser();
/** A host on which nothing runs, with a second session that can be opened beside the first. */
function quiet(): FixtureHost {
  const second = data.finished();
  const view = { ...second.view, session_id: 's2' };
  return new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished(), s2: { ...second, view } });
}
const asking = () =>
  new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals: [diffs.patchApproval()] }) }) });

async function openSheet(page: Page): Promise<void> {
  // a patch that is read in the main area covers the conversation
  const covered = (await page.getByTestId('review').count()) > 0;
  await page.getByTestId(covered ? 'approval' : 'transcript').focus();
  await page.keyboard.press('?');
  await page.getByTestId('shortcuts').waitFor();
}

/** Keys of each shortcut of a scope, as the sheet lists them and Playwright presses them. */
async function listed(page: Page, scope: string): Promise<Map<string, string>> {
  const rows = page.getByTestId('shortcuts').locator(`[data-testid=shortcut][data-scope=${scope}]`);
  const said = await rows.evaluateAll((all) =>
    all.map((row): [string, string[]] => [
      (row as HTMLElement).dataset.shortcut ?? '',
      [...(row.querySelector('.keys')?.querySelectorAll('kbd') ?? [])].map((cap) => cap.textContent ?? ''),
    ]),
  );
  const names: Record<string, string> = { Ctrl: 'Control', Esc: 'Escape', '↑': 'ArrowUp', '↓': 'ArrowDown' };
  const pressed = (cap: string) => names[cap] ?? (/^[A-Z]$/.test(cap) ? cap.toLowerCase() : cap);
  return new Map(said.map(([name, caps]) => [name, caps.map(pressed).join('+')]));
}

describe('the sheet of shortcuts', () => {
  test('comes with ? where no text is typed, and gives the focus back', async () => {
    const page = await open(quiet());
    await page.getByTestId('composer').pressSequentially('why?');
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('why?');
    await expect.poll(() => page.getByTestId('shortcuts').count()).toBe(0);
    await openSheet(page);
    await page.keyboard.press('Escape');
    await page.getByTestId('shortcuts').waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('transcript');
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-field').fill('keyboard');
    await page.keyboard.press('Enter');
    await page.getByTestId('shortcuts').waitFor();
  });

  test('is on the page about the app too', async () => {
    const page = await open(quiet());
    await openSheet(page);
    const all = await page.getByTestId('shortcut').count();
    expect(all).toBeGreaterThan(20);
    await page.keyboard.press('Escape');
    await page.getByTestId('settings-open').click();
    await page.getByTestId('settings-tab-about').click();
    await expect.poll(() => page.getByTestId('settings').getByTestId('shortcut').count()).toBe(all);
  });

  test('says of the window what its keys do', async () => {
    const host = quiet();
    const page = await open(host);
    await openSheet(page);
    const keys = await listed(page, 'window');
    await page.keyboard.press('Escape');
    await page.getByTestId('shortcuts').waitFor({ state: 'detached' });
    const focus = () =>
      page.evaluate(() => {
        const at = document.activeElement;
        return at?.getAttribute('data-testid') ?? at?.getAttribute('aria-label');
      });
    const gone = (id: string) => page.getByTestId(id).waitFor({ state: 'detached' });
    const there = (id: string) => page.getByTestId(id).waitFor();
    const does: Record<string, (press: () => Promise<void>) => Promise<void>> = {
      palette: async (press) => {
        await press();
        await there('palette');
        await press();
        await gone('palette');
      },
      shortcuts: async (press) => {
        await page.getByTestId('transcript').focus();
        await press();
        await there('shortcuts');
        await page.keyboard.press('Escape');
        await gone('shortcuts');
      },
      inbox: async (press) => {
        await press();
        await there('inbox');
        await press();
        await gone('inbox');
        await page.getByTestId('composer').waitFor();
      },
      quit: async (press) => {
        await press();
        await expect.poll(() => host.called('quit').length).toBe(1);
      },
      search: async (press) => {
        await press();
        await expect.poll(focus).toBe('session-search');
      },
      find: async (press) => {
        await press();
        await expect.poll(focus).toBe('find-field');
        await page.keyboard.press('Escape');
        await gone('find');
      },
      sidebar: async (press) => {
        await press();
        await gone('session-search');
        await press();
        await there('session-search');
      },
      changes: async (press) => {
        await press();
        await gone('changes');
        await press();
        await there('changes');
      },
      beside: async (press) => {
        await press();
        await there('pane-beside');
        await press();
        await gone('pane-beside');
      },
      diffs: async (press) => {
        await press();
        await page.locator('[data-testid=side-by-side][aria-checked=true]').waitFor();
        await press();
        await gone('side-by-side');
      },
      settings: async (press) => {
        await press();
        await there('settings');
        await page.keyboard.press('Escape');
        await gone('settings');
      },
      zoomIn: async (press) => {
        await press();
        await page.getByText('Zoom: 110%').waitFor();
      },
      zoomOut: async (press) => {
        await press();
        await press();
        await page.getByText('Zoom: 90%').waitFor();
      },
      actualSize: async (press) => {
        await press();
        await page.getByText('Zoom: 100%').waitFor();
      },
      next: async (press) => {
        await page.getByTestId('composer').focus();
        await press();
        await expect.poll(() => focus()).toBe('changes');
      },
      previous: async (press) => {
        await press();
        await expect.poll(() => focus()).toBe('composer');
      },
      newSession: async (press) => {
        await press();
        await expect.poll(() => host.called('new_session').length).toBe(1);
        // what happens in it is told from then on
        const followed = () => host.called('subscribe').some((args) => (args as { session: string }).session === 'new');
        await expect.poll(followed).toBe(true);
      },
      stop: async (press) => {
        const { view } = host.sessions.s1 ?? data.session();
        host.app.session = 'new';
        host.change({ type: 'session', session: { ...view, session_id: 'new', status: 'running' } });
        await there('stop');
        await press();
        await expect.poll(() => ops(host)).toEqual([{ type: 'interrupt' }]);
      },
    };
    expect(new Set(keys.keys())).toEqual(new Set(Object.keys(does)));
    for (const [name, check] of Object.entries(does)) await check(() => page.keyboard.press(keys.get(name) ?? ''));
  });

  test('says of a decision what its keys do, and no key of it decides anything', async () => {
    const host = asking();
    const page = await open(host);
    await cardTakesKeys(page);
    await openSheet(page);
    const keys = new Map([...(await listed(page, 'decision')), ...(await listed(page, 'review'))]);
    await page.getByRole('group', { name: 'Shortcuts' }).focus();
    await cardIsOld(page);
    for (const key of keys.values()) await page.keyboard.press(key);
    expect(ops(host)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByTestId('shortcuts').waitFor({ state: 'detached' });
    await page.getByTestId('approval').focus();
    await cardTakesKeys(page);
    const press = (name: string) => page.keyboard.press(keys.get(name) ?? '');
    await press('next');
    await press('check');
    await press('next');
    await press('previous');
    await press('edit');
    await page.getByTestId('hunk-text').fill('');
    await page.keyboard.press('Escape');
    await page.getByTestId('approval').focus();
    // nothing less is offered for a patch
    await press('grant');
    expect(ops(host)).toEqual([]);
    await press('approve');
    await expect
      .poll(() => ops(host))
      .toMatchObject([
        { decision: 'approved', hunks: { accepted: ['0.0', '1.0', '2.0'], edited: [] } },
      ]);
  });
});

describe('Escape', () => {
  const gone = (page: Page, id: string) => page.getByTestId(id).waitFor({ state: 'detached' });

  test('closes what is on top, one layer at a time, and then stops the task', async () => {
    const host = new FixtureHost(data.app(), { s1: data.session({ view: data.view({ status: 'running' }) }) });
    const page = await open(host, { viewport: { width: 700, height: 600 } });
    await page.keyboard.press('Control+b');
    await page.getByTestId('project-menu').click();
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.getByTestId('sandbox-level').click();
    await page.getByRole('dialog', { name: 'Sandbox' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Sandbox' }).waitFor({ state: 'detached' });
    await expect.poll(() => page.getByTestId('session-search').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await gone(page, 'session-search');
    expect(ops(host)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => ops(host)).toEqual([{ type: 'interrupt' }]);
  });

  test('closes the list of files, and leaves the prompt and the task alone', async () => {
    const host = new FixtureHost(data.app(), { s1: data.session({ view: data.view({ status: 'running' }) }) });
    host.on('find_files', () => ['src/range.rs']);
    const page = await open(host);
    await page.getByTestId('composer').pressSequentially('see @ran');
    await page.getByRole('listbox').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('listbox').waitFor({ state: 'detached' });
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('see @ran');
    expect(ops(host)).toEqual([]);
  });

  test('gives the focus back to the button of a menu and of a popover', async () => {
    const page = await open(quiet());
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    for (const id of ['project-menu', 'policy-chip']) {
      await page.getByTestId(id).click();
      await page.locator('.floating').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('.floating').waitFor({ state: 'detached' });
      await expect.poll(focused).toBe(id);
    }
  });
});
