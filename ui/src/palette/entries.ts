import type { SessionSummary } from '../bindings';
import { palette as text } from '../strings/palette';
import type { Command } from './command';
import { ranked, rankedByTime } from './rank';

/** An entry of the palette. */
export type PaletteEntry =
  | { id: string; type: 'command'; command: Command }
  /** A session; with a snippet when it was found by its text. */
  | { id: string; type: 'session'; session: SessionSummary; mention: boolean }
  /** All results, in the list of sessions. */
  | { id: string; type: 'more'; total: number };

/** Entries of the palette under a heading. */
export interface PaletteGroup {
  name: string;
  entries: PaletteEntry[];
}

/** Results of a search in the text of sessions. */
export interface FoundSessions {
  sessions: SessionSummary[];
  total: number;
}

/** Most entries of each kind. */
const RECENT = 5;
const NAMED = 8;
const MENTIONS = 8;
const COMMANDS = 24;

const GROUPS: Command['group'][] = ['Task', 'Window', 'Session', 'Folder', 'Settings'];

const ofCommand = (command: Command): PaletteEntry => ({ id: command.id, type: 'command', command });
const ofSession = (session: SessionSummary, mention: boolean): PaletteEntry => ({
  id: `${mention ? 'mention' : 'session'} ${session.id}`,
  type: 'session',
  session,
  mention,
});

/** Returns the entries for an empty query: the sessions used last, to switch between them, then the commands. */
export function defaults(all: Command[], sessions: SessionSummary[], current: string | null): PaletteGroup[] {
  const recent = sessions
    .filter((session) => session.id !== current)
    .sort((a, b) => b.updated_ms - a.updated_ms)
    .slice(0, RECENT);
  const groups = GROUPS.map((name) => ({
    name: name as string,
    entries: all.filter((command) => command.group === name && !command.rare).map(ofCommand),
  }));
  return filled([
    { name: text.recent, entries: recent.map((session) => ofSession(session, false)) },
    ...groups,
  ]);
}

/** Returns the entries that match a query: commands and sessions by name, the better matches first, and below them the sessions
 *  whose text matches. */
export function matches(
  query: string,
  all: Command[],
  sessions: SessionSummary[],
  found: FoundSessions,
): PaletteGroup[] {
  const matching = ranked(query, all, (command) => [
    command.name,
    `${command.also ?? ''} ${command.detail ?? ''}`,
  ]).slice(0, COMMANDS);
  const named = rankedByTime(query, sessions, (session) => [session.title]).slice(0, NAMED);
  const listed = new Set(named.map(({ each }) => each.id));
  const mentions = found.sessions.filter((session) => !listed.has(session.id)).slice(0, MENTIONS);
  const more = found.total > found.sessions.filter((session) => listed.has(session.id)).length + mentions.length;
  const groups = [
    { name: text.commands, entries: matching.map(({ each }) => ofCommand(each)) },
    { name: text.sessions, entries: named.map(({ each }) => ofSession(each, false)) },
  ];
  // the groups keep their order unless a session matches clearly better
  if ((named[0]?.score ?? 0) > (matching[0]?.score ?? 0) + 0.1) groups.reverse();
  const others: PaletteEntry[] = mentions.map((session) => ofSession(session, true));
  if (more) others.push({ id: 'more', type: 'more', total: found.total });
  return filled([...groups, { name: text.mentions, entries: others }]);
}

const filled = (groups: PaletteGroup[]) => groups.filter((group) => group.entries.length > 0);
