import type { SessionSummary } from '../bindings';
import { dayOf } from '../strings/format';

/** Groups sessions by the day of their last use, the latest first. */
export function byDay(
  sessions: SessionSummary[],
  now: number,
): { day: string; sessions: SessionSummary[] }[] {
  const groups: { day: string; sessions: SessionSummary[] }[] = [];
  for (const session of [...sessions].sort((a, b) => b.updated_ms - a.updated_ms)) {
    const day = dayOf(session.updated_ms, now);
    const group = groups.at(-1);
    if (group?.day === day) group.sessions.push(session);
    else groups.push({ day, sessions: [session] });
  }
  return groups;
}
