import type { EndedBy, PatchEndedBy, ToolEndedBy } from '../bindings';
import { duration, sentence } from './format';

/** Returns the label of a command that ended, for the side of its card. */
export function commandLabel(endedBy: EndedBy): string {
  switch (endedBy.by) {
    case 'exited':
      return endedBy.code === 0 ? 'ok' : `exit ${endedBy.code}`;
    case 'signaled':
      return `signal ${endedBy.signal}`;
    case 'timed_out':
      return 'timed out';
    case 'interrupted':
    case 'app_stopped':
      return 'stopped';
    case 'rejected':
      return 'declined';
    case 'not_started':
    case 'sandbox_failed':
    case 'lost':
      return 'failed';
  }
}

/** Returns why a command did not run to its end, or null when it did. */
export function commandReason(endedBy: EndedBy): string | null {
  switch (endedBy.by) {
    case 'exited':
      return null;
    case 'signaled':
      return `Ended by signal ${endedBy.signal}`;
    case 'timed_out':
      return `Timed out after ${duration(endedBy.after_ms)}`;
    case 'interrupted':
      return 'Stopped before it was done';
    case 'rejected':
      return 'You declined it, so it didn’t run';
    case 'app_stopped':
      return 'Countersign stopped while it ran';
    case 'not_started':
      return `Couldn’t be started: ${endedBy.why}`;
    case 'sandbox_failed':
      return `Didn’t run: the sandbox couldn’t be set up: ${endedBy.why}`;
    case 'lost':
      return sentence(endedBy.why);
  }
}

/** Returns the line that says that a command in the background has ended. */
export function backgroundEnd(command: string, endedBy: EndedBy): string {
  if (endedBy.by === 'exited') return `Background command ended with exit code ${endedBy.code}: ${command}`;
  return `Background command ended: ${command}. ${commandReason(endedBy)}`;
}

/** Returns the line that says what the sandbox refused a command. */
export function sandboxDenied(what: string): string {
  return `The sandbox refused: ${what}`;
}

/** Returns why a tool call brought no answer, or null when it did. */
export function toolReason(endedBy: ToolEndedBy): string | null {
  switch (endedBy.by) {
    case 'succeeded':
    case 'failed':
      return null;
    case 'timed_out':
      return `No answer within ${duration(endedBy.after_ms)}`;
    case 'interrupted':
      return 'Stopped before it was done';
    case 'rejected':
      return 'You declined it, so it wasn’t called';
    case 'app_stopped':
      return 'Countersign stopped during the call; the tool may have done its work';
    case 'unavailable':
      return sentence(endedBy.why);
  }
}

/** Returns why a patch was not written, or null when it was. */
export function patchReason(endedBy: PatchEndedBy): string | null {
  switch (endedBy.by) {
    case 'written':
    case 'declined':
      return null;
    case 'refused':
    case 'failed':
      return sentence(endedBy.why);
    case 'interrupted':
      return 'Stopped before it was written';
    case 'app_stopped':
      return 'Countersign stopped while it was being written';
  }
}
