import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsOf, faultsOfColors } from '../fixture/axe';
import { launch, openPage } from '../fixture/browser';
import { CHECK_SCREENS } from '../fixture/checks';
import { coloured } from '../fixture/coloured';
import * as data from '../fixture/data';
import * as diffs from '../fixture/diffs';
import { FixtureHost } from '../fixture/host';
import { ISOLATED_SCREENS } from '../fixture/isolated';
import { servers } from '../fixture/mcp';
import { takePictures, writeGallery } from '../fixture/pictures';
import { RECEIPT_SCREENS } from '../fixture/receipts';
import { REVIEWER_SCREENS } from '../fixture/reviewer';
import { BROKEN, keepRules, rules } from '../fixture/rules';
import { SESSION_SCREENS, type Screen } from '../fixture/session-screens';
import * as work from '../fixture/work';

const opened = (tab: string) => async (page: Page) => {
  await page.getByTestId('settings-open').click();
  await page.getByTestId(`settings-tab-${tab}`).click();
};

const patchAndCommand = () =>
  new FixtureHost(data.app(), {
    s1: data.session({ view: data.view({ approvals: [diffs.patchApproval(), work.commandApproval()] }) }),
  });

const quiet = () => new FixtureHost(data.app({ waiting: 0 }), { s1: data.finished() });
const working = () => {
  const host = new FixtureHost(data.app({ waiting: 0 }), { s1: work.work() });
  host.on('command_output', () => '1 # semver-lite\n2\n3 Ranges and versions.\n');
  return host;
};
const ruled = (view = rules()) => {
  const host = quiet();
  keepRules(host, view);
  return host;
};
const openai = { ...data.app().settings, provider: 'openai', model: 'gpt-5.2-codex' };

const SCREENS: Record<string, Screen> = {
  'syntax colours': {
    host: coloured,
    show: (page) => page.locator('.token-heading').first().waitFor(),
  },
  welcome: { host: () => new FixtureHost(data.app({ project: null, session: null, sessions: [] })) },
  'first start, no keychain': {
    host: () =>
      new FixtureHost(
        data.app({
          project: null,
          session: null,
          sessions: [],
          projects: [],
          settings: openai,
          keychain_problem: 'no secret service',
        }),
      ),
  },
  trust: { host: () => new FixtureHost(data.app({ project: 'p2', session: null })) },
  'empty session': {
    host: () =>
      new FixtureHost(data.app({ sandbox: null }), {
        s1: data.session({
          total: 0,
          view: data.view({ status: 'idle', title: '', sandbox: null }),
          changes: { files: [], added: 0, removed: 0, notes: [] },
        }),
      }),
  },
  conversation: { host: quiet },
  'start of the conversation': {
    host: quiet,
    show: async (page) => {
      await page.getByTestId('transcript').press('Home');
      await page.locator('[data-kind=plan]').waitFor();
    },
  },
  'patch to approve': {
    host: patchAndCommand,
    show: async (page) => {
      await page.getByTestId('hunk-check').nth(1).uncheck();
      await page.getByTestId('hunk-edit').first().click();
    },
  },
  'patch to approve, side by side': {
    host: patchAndCommand,
    show: async (page) => {
      await page.getByTestId('hunk-check').nth(1).uncheck();
      await page.getByTestId('review').getByTestId('side-by-side').click();
      await page.getByRole('group', { name: 'After: src/range.rs' }).first().waitFor();
    },
  },
  'command to approve': {
    host: () =>
      new FixtureHost(data.app(), {
        s1: data.session({ view: data.view({ approvals: [work.commandApproval()] }) }),
      }),
    show: async (page) => page.getByText('one per line').click(),
  },
  'tool to approve': {
    host: () =>
      new FixtureHost(data.app(), {
        s1: data.session({ view: data.view({ approvals: [work.toolApproval()] }) }),
      }),
  },
  'command that can be allowed in part': {
    host: () =>
      new FixtureHost(data.app(), {
        s1: data.session({ view: data.view({ approvals: [work.offeringApproval()] }) }),
      }),
  },
  ...CHECK_SCREENS,
  ...ISOLATED_SCREENS,
  ...RECEIPT_SCREENS,
  ...REVIEWER_SCREENS,
  ...SESSION_SCREENS,
  'tools, a summary and an undo': {
    host: working,
    show: async (page) => {
      await page.getByTestId('transcript').press('Home');
      await page.locator('[data-kind=mcp] button').first().click();
      await page.getByText('search_issues').waitFor();
    },
  },
  'reads and a summary, opened': {
    host: working,
    show: async (page) => {
      await page.getByText('Read 3 files').click();
      await page.getByText('Read src/bounds.rs').click();
      await page.getByText('Conversation summarized').click();
      await page.getByText('What the person wants').waitFor();
    },
  },
  undo: {
    host: () => {
      const host = quiet();
      host.on('preview_undo', work.undoView);
      return host;
    },
    show: async (page) => {
      await page.getByTestId('undo-last').click();
      await page.getByTestId('undo-overwrite').check();
    },
  },
  'undo, side by side': {
    host: () => {
      const host = quiet();
      host.on('preview_undo', work.undoView);
      return host;
    },
    show: async (page) => {
      await page.getByTestId('undo-last').click();
      await page.getByTestId('undo-dialog').getByTestId('side-by-side').click();
      await page.getByRole('group', { name: 'After: ' }).first().waitFor();
    },
  },
  commit: {
    host: () => {
      const host = quiet();
      host.on('commit_plan', () => work.commitPlan({ hooks: ['pre-commit'], filters: ['lfs'], signs: true }));
      host.on('commit', () => ({ type: 'refused', output: 'src/range.rs: no debug prints' }));
      return host;
    },
    show: async (page) => {
      await page.getByTestId('commit-open').click();
      await page.getByTestId('commit-message').fill('Keep carets below the next major');
      await page.getByTestId('commit-apply').click();
      await page.getByTestId('commit-refused').waitFor();
    },
  },
  'undo that cannot be': {
    host: () => {
      const host = quiet();
      host.on('preview_undo', () => {
        throw new Error('there is no checkpoint from before task 1: the project is larger than 2 GiB');
      });
      return host;
    },
    show: async (page) => {
      await page.getByTestId('undo-last').click();
      await page.getByTestId('undo-problem').waitFor();
    },
  },
  'commands in the background': {
    host: working,
    show: async (page) => {
      await page.getByTestId('background-count').click();
      await page.getByTestId('background-item').first().getByRole('button').first().click();
      await page.getByRole('dialog').getByText('ready in').waitFor();
    },
  },
  context: { host: quiet, show: async (page) => page.getByTestId('context-meter').click() },
  'task menu': { host: quiet, show: async (page) => page.getByTestId('task-menu').first().click() },
  'session menu': {
    host: quiet,
    show: async (page) => page.getByTestId('session-list').getByTestId('session-menu').nth(1).click(),
  },
  rename: {
    host: quiet,
    show: async (page) => {
      await page.getByTestId('session-list').getByTestId('session-menu').nth(1).click();
      await page.getByText('Rename…').click();
      await page.getByTestId('rename-field').waitFor();
    },
  },
  'sessions found': {
    host: () => {
      const host = quiet();
      host.on('search_sessions', work.found);
      return host;
    },
    show: async (page) => {
      await page.getByTestId('session-search').fill('upper bound');
      await page.getByTestId('snippet').first().waitFor();
    },
  },
  'deleted, with a way back': {
    host: quiet,
    show: async (page) => {
      await page.getByTestId('session-list').getByTestId('session-menu').nth(1).click();
      await page.getByText('Move to trash').click();
      await page.getByTestId('toast-action').waitFor();
    },
  },
  'no key, and an error': {
    host: () => {
      const host = new FixtureHost(data.app({ settings: openai, session: null }));
      host.on('open_session', () => {
        throw new Error('the transcript cannot be read');
      });
      return host;
    },
    show: async (page) => {
      await page.getByTestId('session-item').nth(2).click();
      await page.getByTestId('toast').waitFor();
    },
  },
  'session that failed': {
    host: () =>
      new FixtureHost(data.app(), {
        s1: {
          ...data.finished(),
          view: data.view({
            status: 'idle',
            error: { kind: 'unauthorized', message: 'OpenAI refused the key', hint: 'save another key' },
          }),
        },
      }),
  },
  offline: {
    host: quiet,
    show: async (page, host) => {
      await page.routeWebSocket(/\/events/, (socket) => socket.close());
      await host.cut();
      await page.getByTestId('offline').waitFor();
    },
  },
  'cannot start': {
    host: () => {
      const host = quiet();
      host.on('app', () => {
        throw new Error('the home folder cannot be written');
      });
      return host;
    },
  },
  palette: { host: quiet, show: async (page) => page.getByTestId('palette-open').click() },
  'palette, with what was found': {
    host: () => {
      const host = quiet();
      host.on('search_sessions', () => ({ ...work.found(), total: 9 }));
      return host;
    },
    show: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByTestId('palette-field').fill('re');
      await page.locator('[data-entry=more]').waitFor();
      await page.keyboard.press('End');
    },
  },
  'palette, with nothing found': {
    host: quiet,
    show: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByTestId('palette-field').fill('zqxjw');
      await page.getByText('No matching commands or sessions.').waitFor();
    },
  },
  shortcuts: {
    host: quiet,
    show: async (page) => {
      await page.getByTestId('transcript').focus();
      await page.keyboard.press('?');
      await page.getByTestId('shortcuts').waitFor();
    },
  },
  'settings: model': { host: quiet, show: opened('model') },
  'settings: approvals': { host: quiet, show: opened('approval') },
  'settings: background': { host: quiet, show: opened('background') },
  'settings: rules': {
    host: ruled,
    show: async (page) => {
      await opened('rules')(page);
      await page.getByText('1 rule for other folders').click();
      await page.getByTestId('dry-run-command').fill('ls && git push');
      await page.getByTestId('dry-run-answer').waitFor();
    },
  },
  'settings: a rule about to be saved': {
    host: () => ruled(rules({ rules: [] })),
    show: async (page) => {
      await opened('rules')(page);
      await page.getByTestId('rules-empty').waitFor();
      await page.getByTestId('rule-form').getByRole('switch').check();
      await page.getByText('Examples', { exact: true }).click();
      await page.getByTestId('rule-words').fill('docker compose up');
      await page.getByText('Text in').click();
      await page.getByTestId('dry-run-command').fill('make');
      await page.getByTestId('dry-run-answer').waitFor();
    },
  },
  'settings: a rule that cannot be saved': {
    host: ruled,
    show: async (page) => {
      await opened('rules')(page);
      await page.getByTestId('rule-words').fill('cargo build && cargo test');
      await page.getByTestId('rule-problem').waitFor();
      await page.getByTestId('dry-run-command').fill('cargo publish');
      await page.getByTestId('dry-run-answer').waitFor();
    },
  },
  'settings: a rule deleted, with a way back': {
    host: ruled,
    show: async (page) => {
      await opened('rules')(page);
      await page.getByTestId('rule-delete').first().click();
      await page.getByTestId('toast-action').waitFor();
    },
  },
  'settings: rules that cannot be read': {
    host: () => ruled(BROKEN),
    show: async (page) => {
      await opened('rules')(page);
      await page.getByTestId('rules-broken').waitFor();
    },
  },
  'settings: rules that cannot be had': {
    host: () => {
      const host = ruled();
      host.on('rules', () => {
        throw new Error('~/.config/countersign/rules.toml could not be read: permission denied');
      });
      return host;
    },
    show: async (page) => {
      await opened('rules')(page);
      await page.getByTestId('rules-failure').waitFor();
    },
  },
  'settings: MCP servers': {
    host: () => {
      const host = quiet();
      host.on('mcp_servers', servers);
      return host;
    },
    show: async (page) => {
      await opened('mcp')(page);
      await page.getByTestId('mcp-server').first().locator('summary').click();
      await page.getByTestId('mcp-tool').first().waitFor();
    },
  },
  'settings: no MCP server': {
    host: () => {
      const host = quiet();
      host.on('mcp_servers', () => ({ ...servers(), servers: [], in_session: false }));
      return host;
    },
    show: async (page) => {
      await opened('mcp')(page);
      await page.getByTestId('mcp-empty').waitFor();
    },
  },
  'settings: appearance': { host: quiet, show: opened('appearance') },
  'settings: notifications': { host: quiet, show: opened('notifications') },
  'settings: about': { host: quiet, show: opened('about') },
  policy: { host: quiet, show: async (page) => page.getByTestId('policy-chip').click() },
  sandbox: { host: quiet, show: async (page) => page.getByTestId('sandbox-level').click() },
  projects: { host: quiet, show: async (page) => page.getByTestId('project-menu').click() },
  link: {
    host: quiet,
    show: async (page) => page.getByRole('link', { name: 'specification' }).click(),
  },
  'file mention': {
    host: () => {
      const host = quiet();
      host.on('find_files', () => ['src/range.rs', 'tests/ranges.rs']);
      return host;
    },
    show: async (page) => {
      await page.getByTestId('composer').pressSequentially('see @ran');
      await page.getByRole('listbox').waitFor();
    },
  },
};

/** Folder that gets a picture of each screen in each look; none is taken when absent. */
const PICTURES = process.env.COUNTERSIGN_SCREENS;

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  if (PICTURES !== undefined) await writeGallery(PICTURES, Object.keys(SCREENS));
});

// several pages at a time: one waits while another computes
describe.concurrent('in light and in dark', () => {
  test.for(Object.entries(SCREENS))('%s has nothing that axe finds', async ([name, screen], { expect, onTestFinished }) => {
    const { page, faults } = await openPage(browser, { colorScheme: 'light', reducedMotion: 'reduce' });
    onTestFinished(() => page.context().close());
    const host = screen.host();
    await host.open(page);
    await page.locator('main:not([aria-busy=true])').waitFor();
    await screen.show?.(page, host);
    // a toast stays under the pointer
    const toast = page.getByTestId('toast');
    if ((await toast.count()) > 0) await toast.hover();
    await expect.poll(() => faultsOf(page)).toEqual([]);
    // only colours differ between the two
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(() => faultsOfColors(page)).toEqual([]);
    // a failed call is the point of some screens, and the browser notes it by itself
    expect(faults.filter((fault) => !fault.includes('status of 400'))).toEqual([]);
    if (PICTURES !== undefined) await takePictures(page, PICTURES, name);
  });
});

test.each([
  ['1280 by 800', { width: 1280, height: 800 }],
  ['900 by 600', { width: 900, height: 600 }],
  ['at 200 % of 1280 by 800', { width: 640, height: 400 }],
])(
  '%s: the decision and the prompt are within reach, and nothing lies outside the window',
  async (_name, viewport) => {
    const { page } = await openPage(browser, { viewport });
    const host = new FixtureHost(data.app(), {
      s1: data.session({ view: data.view({ approvals: [diffs.patchApproval(), work.commandApproval()] }) }),
    });
    await host.open(page);
    for (const id of ['approve', 'approve-session', 'deny', 'composer', 'stop']) {
      const box = await page.getByTestId(id).boundingBox();
      expect(box, id).not.toBeNull();
      expect(box!.x, id).toBeGreaterThanOrEqual(0);
      expect(box!.x + box!.width, id).toBeLessThanOrEqual(viewport.width);
      expect(box!.y, id).toBeGreaterThanOrEqual(0);
      expect(box!.y + box!.height, id).toBeLessThanOrEqual(viewport.height);
    }
    const overflow = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      document.documentElement.scrollHeight,
    ]);
    expect(overflow[0]).toBeLessThanOrEqual(viewport.width);
    expect(overflow[1]).toBeLessThanOrEqual(viewport.height);
    await page.context().close();
  },
);
