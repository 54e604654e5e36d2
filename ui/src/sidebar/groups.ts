import type { ProjectView, SessionSummary } from '../bindings';
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

/** Groups sessions by their project, in the order of its name: a place in the list stays where it is. */
export function byProject(
  sessions: SessionSummary[],
  projects: ProjectView[],
): { project: ProjectView; sessions: SessionSummary[] }[] {
  return projects
    .map((project) => ({
      project,
      // ids are in the order in which sessions were started
      sessions: sessions.filter((each) => each.project === project.id).sort((a, b) => (a.id < b.id ? 1 : -1)),
    }))
    .filter((group) => group.sessions.length > 0)
    .sort((a, b) => a.project.name.localeCompare(b.project.name) || (a.project.id < b.project.id ? -1 : 1));
}
