import type { EndedBy } from '../bindings';
import { duration, plural } from './format';

/** Hunks of a run, of all that a patch has. */
interface RunHunks {
  accepted: number;
  total: number;
  /** Whether the person changed some of them, or left lines of them out. */
  edited: boolean;
}

/** Words of the project's check beside a patch. */
export const check = {
  region: 'Check of the project',
  set: 'Check patches with a command…',
  change: (command: string) => `Change the check, ${command}`,
  notYet: 'not run yet',
  running: 'running',
  passed: (ms: number) => `passed, ${duration(ms)}`,
  failed: (endedBy: EndedBy, ms: number) => {
    switch (endedBy.by) {
      case 'exited':
        return `failed, exit code ${endedBy.code}, ${duration(ms)}`;
      case 'signaled':
        return `failed, signal ${endedBy.signal}, ${duration(ms)}`;
      case 'timed_out':
        return `failed, not done after ${duration(endedBy.after_ms)}`;
      default:
        return `failed, ${duration(ms)}`;
    }
  },
  stopped: 'stopped',
  impossible: (why: string) => `can’t run: ${why}`,
  searching: (runs: number) => (runs === 0 ? 'searching' : `searching, ${plural(runs, 'run')}`),
  /** Says which hunks a run had in place; nothing where it had all of them, as proposed. */
  withHunks: ({ accepted, total, edited }: RunHunks) => {
    const some = accepted < total ? `${accepted} of ${plural(total, 'hunk')}` : null;
    if (some !== null) return edited ? `with ${some} and your edits` : `with ${some}`;
    return edited ? 'with your edits' : null;
  },
  withOthers: 'with another choice of hunks',
  withOtherCheck: 'before the check was changed',
  run: 'Run',
  showOutput: 'Show output',
  hideOutput: 'Hide output',
  output: 'End of the check’s output',
  noOutput: 'It printed nothing.',
  findBreaking: 'Find what breaks it',
  findNeeded: 'Find what is needed',
  findHelp: 'Runs the check with fewer and fewer of these hunks',

  /** Said to screen readers when the state of a check changes. */
  announce: {
    running: 'The check is running.',
    passed: 'The check passed.',
    failed: 'The check failed.',
    stopped: 'The check was stopped.',
    impossible: 'The check can’t run.',
    searching: 'Searching the hunks.',
  },

  finding: {
    breaking: 'It passes without',
    neededToPass: 'It also passes with only',
    mends: 'It passes with only',
    needsAll: (hunks: number) => `It needs all ${hunks} of these hunks: it fails without any one of them.`,
    noFewer: 'It passes with these hunks. No fewer were found before the search reached its limit.',
    breaksAll: 'It passes without all of these hunks, and fails when any one of them is put back.',
    noneNeeded: 'It passes with none of these hunks too, so it doesn’t tell whether they work.',
    nothingPasses: (tried: number, complete: boolean) =>
      `It failed with each of ${plural(tried, 'set')} of hunks that was tried. ` +
      (complete ? 'The cause may be elsewhere.' : 'The search reached its limit.'),
    stopped: 'The search was stopped.',
    fewerToPass: 'The search reached its limit: fewer may be enough.',
    fewerToBreak: 'The search reached its limit: it may be fewer.',
    more: (hunks: number) => `and ${hunks} more`,
    takeOut: (hunks: number) => (hunks === 1 ? 'Take it out' : 'Take them out'),
    keepOnly: (hunks: number) => (hunks === 1 ? 'Keep only this' : 'Keep only these'),
    goTo: (place: string) => `Go to ${place}`,
  },

  /** Said with a patch that was decided. */
  recorded: {
    passed: 'Check passed',
    failed: 'Check failed',
    stopped: 'Check stopped',
    impossible: 'Check couldn’t run',
    running: 'Check was running',
  },

  dialog: {
    title: 'Check of this project',
    command: 'Command',
    placeholder: 'cargo test',
    suggestions: 'Suggestions',
    timeout: 'Stop it after',
    seconds: 'seconds',
    wrongTimeout: 'Enter a whole number of seconds, 1 or more.',
    help: 'Runs before you decide about a patch: in the sandbox, on a copy of the project with the patch applied, with the access of the session. The copy has everything that is in the project, build output too. Nothing the check writes is kept.',
    impossible: (why: string) => `It can’t run on this computer: ${why}.`,
    loading: 'Loading…',
    remove: 'Remove',
    saved: (command: string) => `Patches are now checked with ${command}`,
    removed: 'Patches are no longer checked',
  },
} as const;
