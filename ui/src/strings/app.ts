/** Words of the window as a whole: its start, its connection, its messages. */
export const app = {
  name: 'Countersign',
  title: (waiting: number) => (waiting > 0 ? `(${waiting}) Countersign` : 'Countersign'),
  soloTitle: (title: string) => `${title === '' ? 'New session' : title} – Countersign`,
  over: 'This session was closed',
  overHelp: 'It was archived or deleted, or its folder was closed. Close this window, and open the session again from the list.',
  tagline: 'Nothing lands without your countersignature.',
  startFailed: 'Countersign couldn’t start',
  starting: 'Starting…',
  session: 'Session',
  opening: 'Opening…',
  messages: 'Messages',
  zoom: (percent: number) => `Zoom: ${percent}%`,
  noReply: 'The app didn’t answer.',
  unreachable: {
    message: 'The app can’t be reached.',
    hint: 'Trying again. What you typed stays here.',
  },
  badReply: (status: number, command: string) => `The app answered ${command} with status ${status}.`,
  offline: {
    message: 'The app isn’t responding.',
    hint: 'Trying to reconnect. What you typed stays here.',
  },
} as const;
