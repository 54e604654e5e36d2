import Archive from '@lucide/svelte/icons/archive';
import ArrowDownToLine from '@lucide/svelte/icons/arrow-down-to-line';
import ArrowUpToLine from '@lucide/svelte/icons/arrow-up-to-line';
import AtSign from '@lucide/svelte/icons/at-sign';
import Bot from '@lucide/svelte/icons/bot';
import CircleStop from '@lucide/svelte/icons/circle-stop';
import Columns2 from '@lucide/svelte/icons/columns-2';
import Copy from '@lucide/svelte/icons/copy';
import FoldVertical from '@lucide/svelte/icons/fold-vertical';
import Folder from '@lucide/svelte/icons/folder';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import Gauge from '@lucide/svelte/icons/gauge';
import GitFork from '@lucide/svelte/icons/git-fork';
import Keyboard from '@lucide/svelte/icons/keyboard';
import PanelLeft from '@lucide/svelte/icons/panel-left';
import PanelRight from '@lucide/svelte/icons/panel-right';
import Palette from '@lucide/svelte/icons/palette';
import Paperclip from '@lucide/svelte/icons/paperclip';
import Pencil from '@lucide/svelte/icons/pencil';
import PenLine from '@lucide/svelte/icons/pen-line';
import Redo2 from '@lucide/svelte/icons/redo-2';
import RefreshCw from '@lucide/svelte/icons/refresh-cw';
import Search from '@lucide/svelte/icons/search';
import Shield from '@lucide/svelte/icons/shield';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import SquareArrowOutUpRight from '@lucide/svelte/icons/square-arrow-out-up-right';
import SquarePen from '@lucide/svelte/icons/square-pen';
import Stamp from '@lucide/svelte/icons/stamp';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Undo2 from '@lucide/svelte/icons/undo-2';
import type { ProviderView } from '../bindings';
import { EFFORTS, PAGES, THEMES } from '../settings/pages';
import { plural } from '../state/format';
import type { layout } from '../state/layout.svelte';
import { SHORTCUTS, type Shortcut } from '../state/shortcuts';
import type { Part, WindowState } from '../state/window.svelte';
import { copyLastAnswer } from './copy';

/** Something the window can do now. None answers what waits for a decision: that takes a look at the card. */
export interface Command {
  id: string;
  group: 'Task' | 'Session' | 'Window' | 'Folder' | 'Settings';
  name: string;
  /** What it is about, beside the name. */
  detail?: string;
  /** What else a person may call it. */
  also?: string;
  icon: typeof Search;
  shortcut?: Shortcut;
  /** Whether it shows only when it is looked for: there are many of its kind. */
  rare?: boolean;
  run: () => unknown;
}

const { window: keys } = SHORTCUTS;

/** Everything that can be done now, in the order in which it is listed. */
export function commands(shown: WindowState, panels: typeof layout): Command[] {
  if (shown.project === null) return [...folders(shown), ...settings(shown, panels), ...sheet(shown)];
  return [
    ...task(shown),
    ...window(shown, panels),
    ...session(shown),
    ...folders(shown),
    ...settings(shown, panels),
  ];
}

const ask = (shown: WindowState, part: Part) => () => (shown.wanted = part);

function task(shown: WindowState): Command[] {
  const open = shown.session;
  if (!open) return [];
  const { view, changes } = open;
  const waiting = view.approvals.length;
  const undoable = view.undoable;
  const list: (Command | false)[] = [
    waiting > 0 && {
      id: 'decision',
      group: 'Task',
      name: 'Go to what waits for your decision',
      detail: waiting > 1 ? plural(waiting, 'decision') : undefined,
      also: 'approval approve deny review',
      icon: Stamp,
      run: ask(shown, 'decision'),
    },
    shown.busy && {
      id: 'stop',
      group: 'Task',
      name: 'Stop the task',
      also: 'interrupt cancel abort',
      icon: CircleStop,
      shortcut: keys.stop,
      run: () => shown.stop(),
    },
    undoable !== null &&
      shown.canUndo && {
        id: 'undo',
        group: 'Task',
        name: 'Undo the last task…',
        also: 'revert take back restore',
        icon: Undo2,
        run: () => shown.undo(undoable),
      },
    view.redoable &&
      shown.canUndo && {
        id: 'redo',
        group: 'Task',
        name: 'Redo what was undone…',
        icon: Redo2,
        run: () => shown.redo(),
      },
    view.status === 'idle' &&
      !view.compacting &&
      view.tokens.input_tokens + view.tokens.output_tokens > 0 && {
        id: 'compact',
        group: 'Task',
        name: 'Summarise the conversation',
        also: 'compact summarize context',
        icon: FoldVertical,
        run: () => shown.submit({ type: 'compact' }),
      },
    ...view.background.map(
      (command): Command => ({
        id: `background ${command.call_id}`,
        group: 'Task',
        name: 'Stop in the background',
        detail: command.display,
        also: 'end kill command server',
        icon: CircleStop,
        run: () => shown.submit({ type: 'stop_command', call_id: command.call_id }),
      }),
    ),
    ...changes.files
      .filter((file) => file.status !== 'deleted')
      .map(
        (file): Command => ({
          id: `file ${file.path}`,
          group: 'Task',
          name: `Open ${file.path.slice(file.path.lastIndexOf('/') + 1)} in your editor`,
          detail: file.path,
          icon: SquareArrowOutUpRight,
          rare: true,
          run: () => shown.call('open_file', { session: open.id, path: file.path }),
        }),
      ),
  ];
  return list.filter((each) => each !== false);
}

function window(shown: WindowState, panels: typeof layout): Command[] {
  const list: (Command | false)[] = [
    shown.opening !== 'new' && {
      id: 'new',
      group: 'Window',
      name: 'New session',
      also: 'begin start conversation chat',
      icon: SquarePen,
      shortcut: keys.newSession,
      run: () => shown.newSession(),
    },
    {
      id: 'search',
      group: 'Window',
      name: 'Search in sessions',
      also: 'find text history archive trash',
      icon: Search,
      shortcut: keys.search,
      run: () => {
        panels.sidebarOpen = true;
        shown.wanted = 'search';
      },
    },
    {
      id: 'prompt',
      group: 'Window',
      name: 'Write a prompt',
      also: 'composer ask focus',
      icon: PenLine,
      run: ask(shown, 'prompt'),
    },
    {
      id: 'mention',
      group: 'Window',
      name: 'Mention a file…',
      also: '@',
      icon: AtSign,
      run: ask(shown, 'mention'),
    },
    {
      id: 'picture',
      group: 'Window',
      name: 'Attach a picture…',
      also: 'image screenshot',
      icon: Paperclip,
      run: ask(shown, 'picture'),
    },
    {
      id: 'changes',
      group: 'Window',
      name: panels.changesOpen ? 'Hide the changes' : 'Show the changes',
      also: 'panel diff files toggle',
      icon: PanelRight,
      shortcut: keys.changes,
      run: () => (panels.changesOpen = !panels.changesOpen),
    },
    {
      id: 'diffs',
      group: 'Window',
      name: panels.sideBySide ? 'Show diffs unified' : 'Show diffs side by side',
      also: 'split columns unified view toggle',
      icon: Columns2,
      shortcut: keys.diffs,
      run: () => (panels.sideBySide = !panels.sideBySide),
    },
    {
      id: 'sidebar',
      group: 'Window',
      name: panels.sidebarOpen ? 'Hide the sidebar' : 'Show the sidebar',
      also: 'sessions list toggle',
      icon: PanelLeft,
      shortcut: keys.sidebar,
      run: () => (panels.sidebarOpen = !panels.sidebarOpen),
    },
    ...sheet(shown),
  ];
  return list.filter((each) => each !== false);
}

function sheet(shown: WindowState): Command[] {
  return [
    {
      id: 'shortcuts',
      group: 'Window',
      name: 'Keyboard shortcuts',
      also: 'keys help',
      icon: Keyboard,
      shortcut: keys.shortcuts,
      run: () => (shown.front = 'shortcuts'),
    },
  ];
}

function session(shown: WindowState): Command[] {
  const open = shown.session;
  const summary = shown.sessions.find((each) => each.id === open?.id);
  const talk: Command[] =
    open && open.rows.total > 0
      ? [
          {
            id: 'end',
            group: 'Session',
            name: 'Go to the latest message',
            also: 'end bottom newest jump',
            icon: ArrowDownToLine,
            run: () => shown.goTo('end'),
          },
          {
            id: 'start',
            group: 'Session',
            name: 'Go to the first message',
            also: 'start top begin',
            icon: ArrowUpToLine,
            run: () => shown.goTo(0),
          },
          {
            id: 'copy',
            group: 'Session',
            name: 'Copy the last answer',
            also: 'clipboard markdown message text',
            icon: Copy,
            run: () => copyLastAnswer(shown),
          },
        ]
      : [];
  const policy: Command = {
    id: 'policy',
    group: 'Session',
    name: 'What the agent may do…',
    also: 'policy approvals sandbox permissions network',
    icon: ShieldCheck,
    run: ask(shown, 'policy'),
  };
  const used = open && open.view.tokens.input_tokens + open.view.tokens.output_tokens > 0;
  const context: Command[] = used
    ? [
        {
          id: 'context',
          group: 'Session',
          name: 'Context and tokens…',
          also: 'usage cost meter',
          icon: Gauge,
          run: ask(shown, 'context'),
        },
      ]
    : [];
  const kept: Command[] = summary
    ? [
        {
          id: 'rename',
          group: 'Session',
          name: 'Rename this session…',
          also: 'title name',
          icon: Pencil,
          run: () => (shown.renaming = { id: summary.id, title: summary.title }),
        },
        {
          id: 'fork',
          group: 'Session',
          name: 'Fork this session',
          also: 'copy branch duplicate',
          icon: GitFork,
          run: () => shown.fork(summary.id, null),
        },
        {
          id: 'archive',
          group: 'Session',
          name: 'Archive this session',
          icon: Archive,
          run: () => shown.archive(summary, true),
        },
        {
          id: 'remove',
          group: 'Session',
          name: 'Move this session to the trash',
          also: 'delete remove',
          icon: Trash2,
          run: () => shown.remove(summary),
        },
      ]
    : [];
  return [...talk, policy, ...context, ...kept];
}

function folders(shown: WindowState): Command[] {
  const others = shown.app?.projects.filter((each) => each.exists && each.id !== shown.app?.project) ?? [];
  return [
    {
      id: 'folder',
      group: 'Folder',
      name: 'Open a folder…',
      also: 'project pick',
      icon: FolderOpen,
      run: () => shown.pickFolder(),
    },
    ...others.map(
      (project, index): Command => ({
        id: `folder ${project.id}`,
        group: 'Folder',
        name: `Go to ${project.name}`,
        detail: project.path,
        also: 'open switch folder project',
        icon: Folder,
        rare: index >= 5,
        run: () => shown.openProject(project.id),
      }),
    ),
  ];
}

function settings(shown: WindowState, panels: typeof layout): Command[] {
  const now = shown.app?.settings;
  const pages = PAGES.map(
    (page, index): Command => ({
      id: `settings ${page.value}`,
      group: 'Settings',
      name: `Settings: ${page.name}`,
      detail: page.about,
      also: page.about,
      icon: page.icon,
      // the key opens the first page
      shortcut: index === 0 ? keys.settings : undefined,
      run: () => (shown.settings = page.value),
    }),
  );
  const sandbox: Command[] = shown.project
    ? [
        {
          id: 'sandbox',
          group: 'Settings',
          name: 'How well the sandbox contains…',
          also: 'level gaps layers',
          icon: Shield,
          run: () => {
            panels.sidebarOpen = true;
            shown.wanted = 'sandbox';
          },
        },
      ]
    : [];
  const themes = THEMES.filter((theme) => theme.value !== now?.theme).map(
    (theme): Command => ({
      id: `theme ${theme.value}`,
      group: 'Settings',
      name: `Theme: ${theme.name}`,
      also: 'appearance colours mode',
      icon: Palette,
      rare: true,
      run: () => shown.saveSettings({ theme: theme.value }),
    }),
  );
  const efforts = EFFORTS.filter((effort) => effort.value !== now?.reasoning_effort).map(
    (effort): Command => ({
      id: `effort ${effort.value}`,
      group: 'Settings',
      name: `Thinks: ${effort.name}`,
      detail: 'in new sessions',
      also: 'reasoning effort how hard thinking',
      icon: Gauge,
      rare: true,
      run: () => shown.saveSettings({ reasoning_effort: effort.value }),
    }),
  );
  const look: Command = {
    id: 'look',
    group: 'Settings',
    name: 'Look again for local servers',
    also: 'ollama lm studio find providers models refresh',
    icon: RefreshCw,
    rare: true,
    run: () => shown.update('find_providers', {}),
  };
  return [...pages, ...sandbox, ...themes, ...models(shown), ...efforts, look];
}

/** The models of what can answer now: to take one of another is a choice for the page, which says what it lacks. */
function models(shown: WindowState): Command[] {
  const now = shown.app?.settings;
  const ready = (provider: ProviderView) =>
    provider.local ? provider.reachable : provider.key_source !== 'missing';
  return (shown.app?.providers ?? []).filter(ready).flatMap((provider) =>
    provider.models
      .filter((model) => model !== now?.model || provider.key !== now.provider)
      .map(
        (model): Command => ({
          id: `model ${provider.key} ${model}`,
          group: 'Settings',
          name: `Model: ${provider.practice ? 'Practice' : model}`,
          detail: provider.practice ? 'built in, offline, in new sessions' : `${provider.name}, in new sessions`,
          also: `${provider.name} use switch change`,
          icon: Bot,
          rare: true,
          run: () => use(shown, provider, model),
        }),
      ),
  );
}

async function use(shown: WindowState, provider: ProviderView, model: string): Promise<void> {
  const before = shown.app?.settings;
  if (!before || !(await shown.saveSettings({ provider: provider.key, model }))) return;
  const { provider: key, model: name } = before;
  shown.tell(`New sessions use ${provider.practice ? 'the practice model' : `${model} of ${provider.name}`}`, {
    label: 'Undo',
    run: () => void shown.saveSettings({ provider: key, model: name }),
  });
}
