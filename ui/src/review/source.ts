import type { FetchLines, FetchTokens } from '../diff/lines.svelte';
import type { FetchContext, ShowEdited } from './decisions';

/** Source of what is reviewed. */
export interface ReviewSource {
  /** Returns what fetches the lines of a long hunk. */
  lines(path: string, hunk: string): FetchLines;
  /** Returns what fetches the syntax colors of a hunk. */
  tokens(path: string, hunk: string): FetchTokens;
  /** Reads the file around hunks, where both sides are known. */
  context?: FetchContext;
  /** Shows a hunk as a person edits it. */
  edited?: ShowEdited;
}
