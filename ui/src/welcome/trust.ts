import type { ProjectView } from '../bindings';

const KEY = 'asked-trust';

/** Whether the person has still to be asked about a folder: when something in it would steer the agent, nobody said yes, and
 *  they were not asked about exactly these things before. */
export function mustAsk(project: ProjectView, asked: Record<string, string>): boolean {
  return !project.trusted && project.steers.length > 0 && asked[project.id] !== signature(project);
}

/** What was asked about so far, by folder. */
export function askedBefore(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, string>;
  } catch {
    return {};
  }
}

export function rememberAsked(project: ProjectView): void {
  localStorage.setItem(KEY, JSON.stringify({ ...askedBefore(), [project.id]: signature(project) }));
}

function signature(project: ProjectView): string {
  return [...project.steers].sort().join('\n');
}
