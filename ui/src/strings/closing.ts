import { plural } from './format';

/** Says what the agents do: nothing is lost by quitting, but they stop. */
function activity(working: number, waiting: number): string {
  const agents = `${plural(working, 'agent')} ${working === 1 ? 'is' : 'are'} working`;
  const decisions = `${plural(waiting, 'decision')} ${waiting === 1 ? 'is' : 'are'} waiting for you`;
  if (waiting === 0) return `${agents}.`;
  return working === 0 ? `${decisions}.` : `${agents}, and ${decisions}.`;
}

/** Says how a person hears of the agents without the window, and comes back to them. */
function keepHelp(tray: boolean, notified: boolean): string {
  if (!notified) {
    const off = 'The window closes. Notifications of approvals are off in Settings, so you won’t be told when a decision waits.';
    return tray
      ? `${off} To come back, click the tray icon, or start Countersign again.`
      : `${off} This desktop shows no tray icon: to come back, start Countersign again.`;
  }
  return tray
    ? 'The window closes, and you’re still notified. To come back, click the tray icon or a notification, or start Countersign again.'
    : 'The window closes, and you’re still notified. This desktop shows no tray icon: to come back, start Countersign again or click a notification.';
}

/** Words about closing the window, and the app without it. */
export const closing = {
  title: 'Keep agents running?',
  activity,
  keepHelp: { label: 'Keep running', text: keepHelp },
  quitHelp: { label: 'Quit', text: 'Agents stop. You can resume their sessions next time.' },
  remember: 'Don’t ask again',
  rememberHelp: 'You can change this in Settings, under Background.',
  keep: 'Keep running',
  quit: 'Quit',
  stay: 'Cancel',

  settings: {
    legend: 'When you close the window while agents are working or waiting',
    choices: {
      ask: { name: 'Ask', help: 'Choose each time.' },
      keep_running: {
        name: 'Keep agents running',
        help: 'Countersign goes on without a window, and notifies you as set under Notifications.',
      },
      quit: { name: 'Quit', help: 'Agents stop. You can resume their sessions next time.' },
    },
    tray: 'To come back, click the tray icon or a notification, or start Countersign again.',
    noTray: 'This desktop shows no tray icon. To come back, start Countersign again or click a notification.',
    idle: 'With nothing working or waiting, closing the window quits.',
    login: 'Start at login',
    startAtLogin: 'Start Countersign when you log in',
    startHidden: 'It starts without a window where a tray icon is shown, because agents keep running when you close it.',
    startShown: 'It starts with its window.',
  },
} as const;
