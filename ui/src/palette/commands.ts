import AppWindow from '@lucide/svelte/icons/app-window';
import Archive from '@lucide/svelte/icons/archive';
import ArrowDownToLine from '@lucide/svelte/icons/arrow-down-to-line';
import ArrowUpToLine from '@lucide/svelte/icons/arrow-up-to-line';
import AtSign from '@lucide/svelte/icons/at-sign';
import ClipboardCheck from '@lucide/svelte/icons/clipboard-check';
import CircleStop from '@lucide/svelte/icons/circle-stop';
import Copy from '@lucide/svelte/icons/copy';
import GitCommitHorizontal from '@lucide/svelte/icons/git-commit-horizontal';
import FoldVertical from '@lucide/svelte/icons/fold-vertical';
import FileDown from '@lucide/svelte/icons/file-down';
import Folder from '@lucide/svelte/icons/folder';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import Gauge from '@lucide/svelte/icons/gauge';
import GitFork from '@lucide/svelte/icons/git-fork';
import Inbox from '@lucide/svelte/icons/inbox';
import Keyboard from '@lucide/svelte/icons/keyboard';
import Palette from '@lucide/svelte/icons/palette';
import PanelLeft from '@lucide/svelte/icons/panel-left';
import PanelRight from '@lucide/svelte/icons/panel-right';
import Paperclip from '@lucide/svelte/icons/paperclip';
import PenLine from '@lucide/svelte/icons/pen-line';
import Pencil from '@lucide/svelte/icons/pencil';
import Redo2 from '@lucide/svelte/icons/redo-2';
import ReceiptText from '@lucide/svelte/icons/receipt-text';
import RefreshCw from '@lucide/svelte/icons/refresh-cw';
import Search from '@lucide/svelte/icons/search';
import Shield from '@lucide/svelte/icons/shield';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import SquareArrowOutUpRight from '@lucide/svelte/icons/square-arrow-out-up-right';
import SquarePen from '@lucide/svelte/icons/square-pen';
import SquareSplitHorizontal from '@lucide/svelte/icons/square-split-horizontal';
import Stamp from '@lucide/svelte/icons/stamp';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Undo2 from '@lucide/svelte/icons/undo-2';
import { EFFORTS, PAGES, THEMES } from '../settings/pages';
import type { App } from '../state/app.svelte';
import type { Section } from '../state/focus.svelte';
import { SHORTCUTS } from '../state/shortcuts';
import { actions } from '../strings/actions';
import { palette as text } from '../strings/palette';
import { sidebar } from '../strings/sidebar';
import type { Command } from './command';
import { copyLastAnswer } from './copy';
import { diffCommands } from './diffCommands';
import { bringInCommand, isolatedCommands } from './isolatedCommands';
import { modelCommands } from './modelCommands';
import { quitCommand } from './quitCommand';
import { reviewerCommands } from './reviewerCommands';
import { zoomCommands } from './zoomCommands';

const { window: keys } = SHORTCUTS;
const { also } = text;

/** Returns the commands that can be run now, in the order in which they are listed. */
export function commands(app: App): Command[] {
  if (app.solo !== null) return soloCommands(app);
  if (app.project === null) return [...folderCommands(app), ...settingsCommands(app), shortcutSheet(app), ...zoomCommands(app), quitCommand(app)];
  return [
    ...taskCommands(app),
    ...windowCommands(app),
    ...sessionCommands(app),
    ...folderCommands(app),
    ...settingsCommands(app),
  ];
}

/** Commands of a window of one session: what is about other sessions, or the open folder, is in the window of all of them. */
function soloCommands(app: App): Command[] {
  const diffs = diffCommands(app).map((each) => each.id);
  const window = ['prompt', 'mention', 'picture', 'changes', ...diffs, 'shortcuts', 'zoom in', 'zoom out', 'zoom reset'];
  return [
    ...taskCommands(app),
    ...windowCommands(app).filter((each) => window.includes(each.id)),
    ...sessionCommands(app).filter((each) => each.id !== 'window'),
    ...settingsCommands(app).filter((each) => each.id !== 'sandbox' && each.id !== 'settings rules'),
  ];
}

const request = (app: App, section: Section) => () => app.focus.request(section);

const present = (list: (Command | false)[]) => list.filter((each) => each !== false);

function taskCommands({ dialogs, focus, session }: App): Command[] {
  if (!session) return [];
  const { id, view, changes } = session;
  const waiting = view.approvals.length;
  const { undoable } = view;
  return present([
    waiting > 0 && {
      id: 'decision',
      group: 'Task',
      name: text.decision,
      detail: waiting > 1 ? text.decisions(waiting) : undefined,
      also: also.decision,
      icon: Stamp,
      run: () => focus.request('decision'),
    },
    session.busy && {
      id: 'stop',
      group: 'Task',
      name: actions.stopTask,
      also: also.stop,
      icon: CircleStop,
      shortcut: keys.stop,
      run: () => session.stop(),
    },
    undoable !== null &&
      session.canUndo && {
        id: 'undo',
        group: 'Task',
        name: text.undo,
        also: also.undo,
        icon: Undo2,
        run: () => dialogs.openUndo(id, undoable),
      },
    view.redoable &&
      session.canUndo && {
        id: 'redo',
        group: 'Task',
        name: text.redo,
        icon: Redo2,
        run: () => dialogs.openRedo(id),
      },
    // a commit is made of the folder itself
    changes.files.length > 0 && view.isolated === undefined && {
      id: 'commit',
      group: 'Task',
      ...{ name: text.commit, also: also.commit, icon: GitCommitHorizontal },
      run: () => (dialogs.commit = true),
    },
    view.status === 'idle' &&
      !view.compacting &&
      view.tokens.input_tokens + view.tokens.output_tokens > 0 && {
        id: 'compact',
        group: 'Task',
        name: text.summarize,
        also: also.summarize,
        icon: FoldVertical,
        run: () => session.submit({ type: 'compact' }),
      },
    ...view.background.map(
      (command): Command => ({
        id: `background ${command.call_id}`,
        group: 'Task',
        name: text.stopBackground,
        detail: command.display,
        also: also.stopBackground,
        icon: CircleStop,
        run: () => session.submit({ type: 'stop_command', call_id: command.call_id }),
      }),
    ),
    ...changes.files
      .filter((file) => file.status !== 'deleted')
      .map(
        (file): Command => ({
          id: `file ${file.path}`,
          group: 'Task',
          name: text.openFile(file.path.slice(file.path.lastIndexOf('/') + 1)),
          detail: file.path,
          icon: SquareArrowOutUpRight,
          rare: true,
          run: () => session.openFile(file.path),
        }),
      ),
  ]);
}

function windowCommands(app: App): Command[] {
  const { inbox, layout, sessions } = app;
  return present([
    {
      id: 'inbox',
      group: 'Window',
      name: inbox.open ? text.hideInbox : text.showInbox,
      detail: inbox.items.length > 0 ? text.decisions(inbox.items.length) : undefined,
      also: also.inbox,
      icon: Inbox,
      shortcut: keys.inbox,
      run: () => (inbox.open ? app.leaveInbox() : (inbox.open = true)),
    },
    sessions.opening !== 'new' && {
      id: 'new',
      group: 'Window',
      name: actions.newSession,
      also: also.newSession,
      icon: SquarePen,
      shortcut: keys.newSession,
      run: () => sessions.start(),
    },
    ...isolatedCommands(app),
    {
      id: 'search',
      group: 'Window',
      name: text.search,
      also: also.search,
      icon: Search,
      shortcut: keys.search,
      run: () => {
        layout.sidebarOpen = true;
        app.focus.request('search');
      },
    },
    {
      id: 'prompt',
      group: 'Window',
      name: text.prompt,
      also: also.prompt,
      icon: PenLine,
      run: request(app, 'prompt'),
    },
    {
      id: 'mention',
      group: 'Window',
      ...{ name: text.mention, also: also.mention, icon: AtSign },
      run: request(app, 'mention'),
    },
    {
      id: 'picture',
      group: 'Window',
      ...{ name: text.attach, also: also.attach, icon: Paperclip },
      run: request(app, 'picture'),
    },
    sessions.shown !== null && {
      id: 'beside',
      group: 'Window',
      name: sessions.split ? text.oneSession : text.twoSessions,
      also: also.beside,
      icon: SquareSplitHorizontal,
      shortcut: keys.beside,
      run: () => (sessions.split ? sessions.closeBeside() : sessions.openBeside()),
    },
    {
      id: 'changes',
      group: 'Window',
      name: layout.changesOpen ? text.hideChanges : text.showChanges,
      also: also.changes,
      icon: PanelRight,
      shortcut: keys.changes,
      run: () => (layout.changesOpen = !layout.changesOpen),
    },
    ...diffCommands(app),
    {
      id: 'sidebar',
      group: 'Window',
      name: layout.sidebarOpen ? text.hideSidebar : text.showSidebar,
      also: also.sidebar,
      icon: PanelLeft,
      shortcut: keys.sidebar,
      run: () => (layout.sidebarOpen = !layout.sidebarOpen),
    },
    shortcutSheet(app),
    ...zoomCommands(app),
    quitCommand(app),
  ]);
}

function shortcutSheet({ dialogs }: App): Command {
  return {
    id: 'shortcuts',
    group: 'Window',
    name: text.shortcuts,
    also: also.shortcuts,
    icon: Keyboard,
    shortcut: keys.shortcuts,
    run: () => (dialogs.topLayer = 'shortcuts'),
  };
}

function sessionCommands(app: App): Command[] {
  const { dialogs, session, sessions } = app;
  const summary = session && sessions.summary(session.id);
  const conversation: Command[] =
    session && session.rows.total > 0
      ? [
          {
            id: 'end',
            group: 'Session',
            ...{ name: text.latest, also: also.latest, icon: ArrowDownToLine },
            run: () => (session.scrollTarget = 'end'),
          },
          {
            id: 'find',
            group: 'Session',
            ...{ name: text.find, also: also.find, icon: Search, shortcut: keys.find },
            run: () => app.openFind(),
          },
          {
            id: 'start',
            group: 'Session',
            ...{ name: text.first, also: also.first, icon: ArrowUpToLine },
            run: () => (session.scrollTarget = 0),
          },
          {
            id: 'copy',
            group: 'Session',
            ...{ name: text.copyAnswer, also: also.copyAnswer, icon: Copy },
            run: () => copyLastAnswer(app),
          },
        ]
      : [];
  const policy: Command = {
    id: 'policy',
    group: 'Session',
    ...{ name: text.permissions, also: also.permissions, icon: ShieldCheck },
    run: request(app, 'policy'),
  };
  const check: Command[] = session
    ? [
        {
          id: 'check',
          group: 'Session',
          ...{ name: text.check, detail: session.view.check, also: also.check, icon: ClipboardCheck },
          run: () => (dialogs.check = session.id),
        },
      ]
    : [];
  const used = session && session.view.tokens.input_tokens + session.view.tokens.output_tokens > 0;
  const context: Command[] = used
    ? [
        {
          id: 'context',
          group: 'Session',
          ...{ name: text.context, also: also.context, icon: Gauge },
          run: request(app, 'context'),
        },
      ]
    : [];
  const listed: Command[] = summary
    ? [
        {
          id: 'rename',
          group: 'Session',
          ...{ name: text.rename, also: also.rename, icon: Pencil },
          run: () => (dialogs.rename = { id: summary.id, title: summary.title }),
        },
        {
          id: 'fork',
          group: 'Session',
          ...{ name: text.fork, also: also.fork, icon: GitFork },
          run: () => sessions.fork(summary.id, null),
        },
        {
          id: 'receipt',
          group: 'Session',
          ...{ name: text.receipt, also: also.receipt, icon: ReceiptText },
          run: () => (dialogs.receipt = summary.id),
        },
        {
          id: 'window',
          group: 'Session',
          ...{ name: text.openWindow, also: also.openWindow, icon: AppWindow },
          run: () => sessions.openWindow(summary.id),
        },
        ...(['markdown', 'html', 'json'] as const).map(
          (format): Command => ({
            id: `export ${format}`,
            group: 'Session',
            name: sidebar.exportFormats[format],
            also: also.export,
            icon: FileDown,
            run: () => sessions.export(summary.id, format),
          }),
        ),
        {
          id: 'archive',
          group: 'Session',
          name: text.archive,
          icon: Archive,
          run: () => sessions.archive(summary, true),
        },
        {
          id: 'remove',
          group: 'Session',
          ...{ name: text.trash, also: also.trash, icon: Trash2 },
          run: () => sessions.trash(summary),
        },
      ]
    : [];
  const verify: Command = {
    id: 'verify-receipt',
    group: 'Session',
    ...{ name: text.verifyReceipt, also: also.receipt, icon: ReceiptText },
    run: () => (dialogs.verifyReceipt = true),
  };
  return [...conversation, policy, ...check, ...bringInCommand(app), ...context, ...listed, verify];
}

function folderCommands({ projects }: App): Command[] {
  const others = projects.list.filter((each) => each.exists && each.id !== projects.openId);
  return [
    {
      id: 'folder',
      group: 'Folder',
      name: text.openFolder,
      also: also.openFolder,
      icon: FolderOpen,
      run: () => projects.pick(),
    },
    ...others.map(
      (project, index): Command => ({
        id: `folder ${project.id}`,
        group: 'Folder',
        name: text.goToFolder(project.name),
        detail: project.path,
        also: also.goToFolder,
        icon: Folder,
        rare: index >= 5,
        run: () => projects.open(project.id),
      }),
    ),
  ];
}

function settingsCommands(app: App): Command[] {
  const { dialogs, layout, settings } = app;
  const now = settings.values;
  const pages = PAGES.map(
    (page, index): Command => ({
      id: `settings ${page.value}`,
      group: 'Settings',
      name: text.settings(page.name),
      detail: page.also,
      also: page.also,
      icon: page.icon,
      // the shortcut opens the first page
      shortcut: index === 0 ? keys.settings : undefined,
      run: () => (dialogs.settings = page.value),
    }),
  );
  const sandbox: Command[] = app.project
    ? [
        {
          id: 'sandbox',
          group: 'Settings',
          name: text.sandbox,
          also: also.sandbox,
          icon: Shield,
          run: () => {
            layout.sidebarOpen = true;
            app.focus.request('sandbox');
          },
        },
      ]
    : [];
  const themes = THEMES.filter((theme) => theme.value !== now?.theme).map(
    (theme): Command => ({
      id: `theme ${theme.value}`,
      group: 'Settings',
      name: text.theme(theme.name),
      also: also.theme,
      icon: Palette,
      rare: true,
      run: () => settings.save({ theme: theme.value }),
    }),
  );
  const efforts = EFFORTS.filter((effort) => effort.value !== now?.reasoning_effort).map(
    (effort): Command => ({
      id: `effort ${effort.value}`,
      group: 'Settings',
      name: text.effort(effort.name),
      detail: text.inNewSessions,
      also: also.effort,
      icon: Gauge,
      rare: true,
      run: () => settings.save({ reasoning_effort: effort.value }),
    }),
  );
  const refresh: Command = {
    id: 'refresh-servers',
    group: 'Settings',
    name: text.refreshServers,
    also: also.refreshServers,
    icon: RefreshCw,
    rare: true,
    run: () => app.providers.refresh(),
  };
  return [...pages, ...reviewerCommands(app), ...sandbox, ...themes, ...modelCommands(app), ...efforts, refresh];
}
