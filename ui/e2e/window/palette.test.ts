import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { ApprovalCard, Row, SessionView } from '../../src/bindings';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { cardIsOld, cardTakesKeys, inBrowser, ops } from '../fixture/window';
import * as work from '../fixture/work';

const open = inBrowser();

function quiet(change: Partial<SessionView> = {}): FixtureHost {
  const session = data.finished();
  session.view = { ...session.view, ...change };
  return new FixtureHost(data.app({ waiting: 0 }), { s1: session, s2: data.session(), s3: data.session() });
}

const asking = (...approvals: ApprovalCard[]) =>
  new FixtureHost(data.app(), { s1: data.session({ view: data.view({ approvals }) }), s2: data.session() });

const palette = (page: Page) => page.getByTestId('palette');
const field = (page: Page) => page.getByTestId('palette-field');
const entries = (page: Page) =>
  page.getByTestId('palette-entry').evaluateAll((all) => all.map((each) => each.getAttribute('data-entry')));
const entry = (page: Page, id: string) => page.locator(`[data-testid=palette-entry][data-entry="${id}"]`);
const closed = (page: Page) => palette(page).waitFor({ state: 'detached' });

/** Id of the entry that Enter takes, as the field names it to screen readers. */
const picked = (page: Page) =>
  page.evaluate(() => {
    const id = document.querySelector('[role=combobox]')?.getAttribute('aria-activedescendant');
    const option = id ? document.getElementById(id) : null;
    if (option && option.getAttribute('aria-selected') !== 'true') throw new Error('named and not selected');
    return option?.dataset.entry ?? null;
  });

async function begin(page: Page, words = ''): Promise<void> {
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  if (words !== '') await field(page).pressSequentially(words);
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));

describe('the palette', () => {
  test('is walked with the keys, and leaves the focus and the prompt as they were', async () => {
    const page = await open(quiet());
    await page.getByTestId('composer').fill('half a thought');
    await begin(page);
    await expect.poll(() => focused(page)).toBe('palette-field');
    const all = await entries(page);
    await expect.poll(() => picked(page)).toBe(all[0]);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => picked(page)).toBe(all[1]);
    await page.keyboard.press('End');
    await expect.poll(() => picked(page)).toBe(all.at(-1));
    await expect.poll(() => page.locator('[data-entry][aria-selected=true]').isVisible()).toBe(true);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => picked(page)).toBe(all[0]);
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => picked(page)).toBe(all.at(-1));
    await page.keyboard.press('Home');
    await expect.poll(() => picked(page)).toBe(all[0]);
    await page.keyboard.press('Escape');
    await closed(page);
    await expect.poll(() => focused(page)).toBe('composer');
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('half a thought');
    // and goes away by the key it came with
    await begin(page);
    await page.keyboard.press('Control+k');
    await closed(page);
  });

  test('does what is picked, by the keyboard and by the pointer', async () => {
    const host = quiet();
    const page = await open(host);
    await begin(page, 'new ses');
    await expect.poll(() => picked(page)).toBe('new');
    await expect.poll(() => entry(page, 'new').locator('kbd').textContent()).toBe('Ctrl N');
    await page.keyboard.press('Enter');
    await closed(page);
    await expect.poll(() => host.called('new_session').length).toBe(1);

    await page.getByTestId('palette-open').click();
    await field(page).fill('mcp');
    await entry(page, 'settings mcp').click();
    await page.locator('[data-testid=settings-tab-mcp][data-state=active]').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('settings').waitFor({ state: 'detached' });
  });

  test('offers what can be done now, and only that', async () => {
    const host = quiet({ redoable: true });
    const page = await open(host);
    await begin(page);
    const idle = await entries(page);
    for (const id of ['undo', 'redo', 'compact', 'new', 'rename', 'policy', 'settings rules'])
      expect(idle, id).toContain(id);
    for (const id of ['stop', 'decision', 'file src/range.rs']) expect(idle, id).not.toContain(id);
    const { view } = host.sessions.s1 ?? data.session();
    host.change({ type: 'session', session: { ...view, status: 'running' } });
    await entry(page, 'stop').waitFor();
    const running = await entries(page);
    for (const id of ['undo', 'redo', 'compact']) expect(running, id).not.toContain(id);
    await field(page).fill('range.rs');
    await entry(page, 'file src/range.rs').click();
    await expect.poll(() => host.called('open_file')).toEqual([{ session: 's1', path: 'src/range.rs', line: null }]);
  });

  test.each([
    ['stop task', 'running', { type: 'interrupt' }],
    ['summarize', 'idle', { type: 'compact' }],
  ] as const)('has "%s" done', async (words, status, op) => {
    const host = quiet({ status });
    const page = await open(host);
    await begin(page, words);
    await page.keyboard.press('Enter');
    await expect.poll(() => ops(host)).toEqual([op]);
  });

  test('opens what asks further, which has the focus then and gives it back', async () => {
    const host = quiet();
    host.on('preview_undo', work.undoView);
    const page = await open(host);
    await page.getByTestId('transcript').focus();
    await begin(page, 'rename');
    await page.keyboard.press('Enter');
    await page.getByTestId('rename-field').waitFor();
    await expect.poll(() => focused(page)).toBe('rename-field');
    await page.keyboard.press('Escape');
    await page.getByTestId('rename-dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('transcript');

    await begin(page, 'undo');
    await page.keyboard.press('Enter');
    await page.getByTestId('undo-apply').waitFor();
    expect(host.called('apply_undo')).toEqual([]);
    await page.keyboard.press('Escape');

    await begin(page, 'change perm');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Permissions' }).waitFor();
    expect(ops(host)).toEqual([]);
  });

  test('takes the focus where it was asked to go', async () => {
    const page = await open(quiet());
    await begin(page, 'write a prompt');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('composer');
    await begin(page, 'mention');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('@');
    await page.keyboard.press('Control+b');
    await page.getByTestId('session-search').waitFor({ state: 'detached' });
    await begin(page, 'search ses');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('session-search');
  });

  test('goes to both ends of the conversation, and follows the last', async () => {
    const host = new FixtureHost(data.app(), { s1: data.session({ total: 5000 }) });
    const page = await open(host);
    await page.locator('[data-index="4999"]').waitFor();
    await begin(page, 'first message');
    await page.keyboard.press('Enter');
    await page.locator('[data-index="0"][data-kind=user]').waitFor();
    await begin(page, 'latest');
    await page.keyboard.press('Enter');
    await page.locator('[data-index="4999"]').waitFor();
    await page.getByTestId('jump').waitFor({ state: 'detached' });
  });

  test('takes a model for new sessions, and gives back the one before', async () => {
    const host = quiet();
    const page = await open(host);
    await begin(page, 'devstral');
    await page.keyboard.press('Enter');
    await page.getByText('New sessions use devstral:24b of Ollama').waitFor();
    expect(host.app.settings).toMatchObject({ provider: 'ollama', model: 'devstral:24b' });
    await page.getByTestId('toast-action').click();
    await expect.poll(() => host.app.settings).toMatchObject({ provider: 'practice', model: 'practice' });
    // models that can't answer now are chosen in the settings
    await begin(page, 'gpt-5.2');
    await expect
      .poll(async () => (await entries(page)).filter((id) => id?.startsWith('model openai')))
      .toEqual([]);
  });

  test('takes nothing that was not there when the key was pressed', async () => {
    const host = quiet({ status: 'running' });
    const page = await open(host);
    await begin(page, 's');
    for (let steps = 0; (await picked(page)) !== 'stop' && steps < 60; steps += 1)
      await page.keyboard.press('ArrowDown');
    await expect.poll(() => picked(page)).toBe('stop');
    const { view } = host.sessions.s1 ?? data.session();
    host.change({ type: 'session', session: { ...view, status: 'idle' } });
    await entry(page, 'stop').waitFor({ state: 'detached' });
    await expect.poll(() => picked(page)).toBeNull();
    await page.keyboard.press('Enter');
    await expect.poll(() => palette(page).isVisible()).toBe(true);
    expect(ops(host)).toEqual([]);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => picked(page)).toBe((await entries(page))[0]);
  });

  test('leaves Enter to an input method, and a held Enter does not go on to the prompt', async () => {
    const host = quiet();
    const page = await open(host);
    await page.getByTestId('composer').fill('not to be sent');
    await begin(page, 'write');
    await field(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true });
    await field(page).dispatchEvent('keydown', { key: 'Enter', keyCode: 229 });
    await expect.poll(() => palette(page).isVisible()).toBe(true);
    await page.keyboard.down('Enter');
    await closed(page);
    await expect.poll(() => focused(page)).toBe('composer');
    await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    expect(ops(host)).toEqual([]);
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('not to be sent');
    await page.keyboard.press('Enter');
    await expect.poll(() => ops(host).length).toBe(1);
  });

  test('says so when there is nothing', async () => {
    const page = await open(quiet());
    await begin(page, 'zqxjw');
    await page.getByText('No matching commands or sessions.').waitFor();
    await expect.poll(() => picked(page)).toBeNull();
    await page.keyboard.press('Enter');
    await expect.poll(() => palette(page).isVisible()).toBe(true);
  });

  test('is there without a folder, with what can be done without one', async () => {
    const host = new FixtureHost(data.app({ project: null, session: null, sessions: [] }));
    const page = await open(host);
    await begin(page);
    const all = await entries(page);
    expect(all).toContain('folder');
    expect(all).toContain('folder p1');
    expect(all).toContain('settings model');
    for (const id of ['new', 'search', 'policy', 'folder p4']) expect(all, id).not.toContain(id);
    await field(page).fill('billing');
    await page.keyboard.press('Enter');
    await expect.poll(() => host.called('open_project')).toEqual([{ project: 'p2' }]);
  });

  test('takes the place of a popover, and gives the focus to what that came from', async () => {
    const page = await open(quiet());
    await page.getByTestId('context-meter').click();
    await page.getByTestId('compact').waitFor();
    await begin(page);
    await page.getByTestId('compact').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('palette-field');
    await page.keyboard.press('Escape');
    await closed(page);
    await expect.poll(() => focused(page)).toBe('context-meter');
    // a menu has the keys to itself
    await page.getByTestId('project-menu').click();
    await page.getByRole('menuitem', { name: 'Open folder…' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await expect.poll(() => palette(page).count()).toBe(0);
  });

  test('does not come over a dialog', async () => {
    const host = new FixtureHost(data.app({ project: 'p2', session: null }));
    const page = await open(host);
    await page.getByTestId('trust').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Control+n');
    await page.keyboard.press('?');
    await page.getByTestId('trust-no').click();
    await page.getByTestId('trust').waitFor({ state: 'detached' });
    await expect.poll(() => palette(page).count()).toBe(0);
    await expect.poll(() => page.getByTestId('shortcuts').count()).toBe(0);
    expect(host.called('new_session')).toEqual([]);
  });
});

describe('sessions in the palette', () => {
  test('come with the last used first, and are opened', async () => {
    const host = quiet();
    const page = await open(host);
    await begin(page);
    await expect
      .poll(async () => (await entries(page)).slice(0, 4))
      .toEqual(['session s2', 'session s3', 'session s4', 'session s5']);
    await page.keyboard.press('Enter');
    await expect.poll(() => host.called('open_session')).toEqual([{ session: 's2' }]);
  });

  test('are found by their names, and below by what was said in them', async () => {
    const host = quiet();
    host.on('search_sessions', () => ({ ...work.found(), total: 9 }));
    const page = await open(host);
    await begin(page, 'cache vers');
    await entry(page, 'more').waitFor();
    // found both ways is listed once
    await expect.poll(() => entries(page)).toEqual(['session s2', 'mention s4', 'more']);
    await expect.poll(() => picked(page)).toBe('session s2');
    await expect.poll(() => entry(page, 'mention s4').locator('mark').allTextContents()).toEqual(['upper', 'bound']);
    await expect
      .poll(() => host.called('search_sessions').at(-1))
      .toMatchObject({ words: 'cache vers', everywhere: false, shelf: 'sessions' });
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('session-search');
    await expect.poll(() => page.getByTestId('session-search').inputValue()).toBe('cache vers');
    await page.getByTestId('snippet').first().waitFor();
  });

  test('that only hold the words can be taken as soon as they are found', async () => {
    const host = quiet();
    host.on('search_sessions', work.found);
    const page = await open(host);
    await begin(page, 'upperbound');
    await expect.poll(() => picked(page)).toBe('mention s2');
    await page.keyboard.press('Enter');
    await expect.poll(() => host.called('open_session')).toEqual([{ session: 's2' }]);
  });
});

describe('a decision that waits', () => {
  test('is not made by what is typed into the palette, nor by a key that was typed as it closed', async () => {
    const host = new FixtureHost(data.app(), { s1: data.session({ view: data.view({ status: 'running' }) }) });
    const page = await open(host);
    await page.getByTestId('transcript').focus();
    await begin(page);
    host.change({ type: 'session', session: data.view({ approvals: [work.commandApproval()] }) });
    await page.getByTestId('approval').waitFor();
    // it was up for long, and was not seen
    await cardIsOld(page);
    await page.keyboard.type('asd');
    await expect.poll(() => field(page).inputValue()).toBe('asd');
    // the key is pressed in the very frame in which the palette goes
    await page.evaluate(() => {
      new MutationObserver(() => {
        if (document.querySelector('[data-testid=palette]')) return;
        document.querySelector('[data-testid=transcript]')?.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'a', bubbles: true, cancelable: true }),
        );
        document.title = 'pressed';
      }).observe(document.body, { childList: true, subtree: true });
    });
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.title === 'pressed');
    await expect.poll(() => page.getByTestId('approve').isDisabled()).toBe(true);
    expect(ops(host)).toEqual([]);
    await cardTakesKeys(page);
    await page.keyboard.press('d');
    await expect.poll(() => ops(host)).toMatchObject([{ decision: 'denied' }]);
  });

  test('that was seen before is not made either by a key typed as the palette closes', async () => {
    const host = asking(work.commandApproval());
    const page = await open(host);
    await page.getByTestId('approval').focus();
    await cardTakesKeys(page);
    await begin(page);
    await page.evaluate(() => {
      new MutationObserver(() => {
        if (document.querySelector('[data-testid=palette]')) return;
        document.querySelector('[data-testid=approval]')?.dispatchEvent(
          new KeyboardEvent('keydown', { key: 'a', bubbles: true, cancelable: true }),
        );
        document.title = 'pressed';
      }).observe(document.body, { childList: true, subtree: true });
    });
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.title === 'pressed');
    expect(ops(host)).toEqual([]);
  });

  test('is gone to, and left to the person', async () => {
    const host = asking(diffs.patchApproval(), work.commandApproval());
    const page = await open(host);
    await begin(page, 'approve');
    await expect.poll(() => picked(page)).toBe('decision');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page)).toBe('approval');
    await page.keyboard.press('Enter');
    await cardIsOld(page);
    expect(ops(host)).toEqual([]);
  });
});

describe('the last answer', () => {
  const talked = (answer?: string): FixtureHost => {
    const row = (index: number): Row => ({
      id: `r${index}`,
      at_ms: 0,
      body: { type: 'notice', level: 'info', text: `notice ${index}`, hint: null },
    });
    return new FixtureHost(data.app({ waiting: 0 }), { s1: { ...data.finished(), row, total: 50, answer } });
  };
  /** Replaces the page's clipboard, which works on secure addresses only. */
  const clipboard = (page: Page) =>
    page.evaluate(() => {
      const writeText = (text: string) => Promise.resolve((document.body.dataset.copied = text));
      Object.defineProperty(navigator, 'clipboard', { value: { writeText } });
    });
  const copy = async (page: Page) => {
    await begin(page, 'copy answer');
    await expect.poll(() => picked(page)).toBe('copy');
    await page.keyboard.press('Enter');
  };

  test('is copied as the markdown the agent wrote', async () => {
    const answer = '* Use `range`,\n* or\u00a0_two_ loops.\n\n| a |\n|:-:|\n| 1 |\n';
    const host = talked(answer);
    const page = await open(host);
    await clipboard(page);
    await copy(page);
    await page.getByTestId('toast').getByText('Copied the last answer').waitFor();
    await expect.poll(() => page.evaluate(() => document.body.dataset.copied)).toBe(answer);
    expect(host.called('last_answer')).toEqual([{ session: 's1' }]);
  });

  test('that is not there, or cannot be copied, is said', async () => {
    const page = await open(talked());
    await copy(page);
    await page.getByTestId('toast').getByText('There’s no answer yet').waitFor();
    const other = await open(talked('All **31 tests** pass now.'));
    await copy(other);
    await other.getByTestId('toast').getByText('Couldn’t copy the answer').waitFor();
    await clipboard(other);
    await copy(other);
    await other.getByTestId('toast').getByText('Copied the last answer').waitFor();
    await expect.poll(() => other.evaluate(() => document.body.dataset.copied)).toBe('All **31 tests** pass now.');
  });
});
