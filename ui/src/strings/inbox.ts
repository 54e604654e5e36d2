import { plural } from './format';

/** Words of the inbox: every decision that waits, over all sessions. */
export const inbox = {
  title: 'Inbox',
  count: (waiting: number) => `${plural(waiting, 'decision')} waiting for you`,
  list: 'Waiting decisions',
  kinds: { command: 'Command', patch: 'Patch', tool: 'Tool call', limit: 'Limit' },
  subjects: { limit: 'The task has reached its limit' },
  openSession: 'Open session',
  waitingSince: 'Waiting for',
  loading: 'Loading the request…',
  empty: 'Nothing is waiting for you',
  emptyHelp: 'When an agent needs your decision, in any project, it appears here.',
  running: (sessions: number) => `${plural(sessions, 'session')} running`,
  noProject: 'a project that is no longer listed',
} as const;
