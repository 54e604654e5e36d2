import type { SessionSummary } from '../bindings';
import type { Command } from './commands';
import { ranked, rankedByTime } from './rank';

/** One line of the palette. */
export type Entry =
  | { id: string; type: 'command'; command: Command }
  /** A session; where the words stand in it, when it was found by what was said in it. */
  | { id: string; type: 'session'; session: SessionSummary; said: boolean }
  /** All that was found, in the list of sessions. */
  | { id: string; type: 'more'; total: number };

export interface Group {
  name: string;
  entries: Entry[];
}

export interface Found {
  sessions: SessionSummary[];
  total: number;
}

/** How many of a kind are listed at most. */
const RECENT = 5;
const NAMED = 8;
const SAID = 8;
const COMMANDS = 24;

const GROUPS: Command['group'][] = ['Task', 'Window', 'Session', 'Folder', 'Settings'];

const ofCommand = (command: Command): Entry => ({ id: command.id, type: 'command', command });
const ofSession = (session: SessionSummary, said: boolean): Entry => ({
  id: `${said ? 'said' : 'session'} ${session.id}`,
  type: 'session',
  session,
  said,
});

/** What is listed before anything is typed: the sessions used last, to go back and forth between them, then what can be done. */
export function atFirst(all: Command[], sessions: SessionSummary[], current: string | null): Group[] {
  const recent = sessions
    .filter((session) => session.id !== current)
    .sort((a, b) => b.updated_ms - a.updated_ms)
    .slice(0, RECENT);
  const groups = GROUPS.map((name) => ({
    name: name as string,
    entries: all.filter((command) => command.group === name && !command.rare).map(ofCommand),
  }));
  return filled([
    { name: 'Recent sessions', entries: recent.map((session) => ofSession(session, false)) },
    ...groups,
  ]);
}

/** What is meant by what was typed: commands and sessions by name, whichever is meant better first, and below them the sessions
 *  in which it was said. */
export function meant(typed: string, all: Command[], sessions: SessionSummary[], found: Found): Group[] {
  const done = ranked(typed, all, (command) => [
    command.name,
    `${command.also ?? ''} ${command.detail ?? ''}`,
  ]).slice(0, COMMANDS);
  const named = rankedByTime(typed, sessions, (session) => [session.title]).slice(0, NAMED);
  const listed = new Set(named.map(({ each }) => each.id));
  const said = found.sessions.filter((session) => !listed.has(session.id)).slice(0, SAID);
  const more = found.total > found.sessions.filter((session) => listed.has(session.id)).length + said.length;
  const groups = [
    { name: 'Commands', entries: done.map(({ each }) => ofCommand(each)) },
    { name: 'Sessions', entries: named.map(({ each }) => ofSession(each, false)) },
  ];
  // near enough is as good: the two do not change places for nothing
  if ((named[0]?.score ?? 0) > (done[0]?.score ?? 0) + 0.1) groups.reverse();
  const others: Entry[] = said.map((session) => ofSession(session, true));
  if (more) others.push({ id: 'more', type: 'more', total: found.total });
  return filled([...groups, { name: 'Said in sessions', entries: others }]);
}

const filled = (groups: Group[]) => groups.filter((group) => group.entries.length > 0);
