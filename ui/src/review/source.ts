import type { FileVersions } from '../bindings';
import type { FetchLines, FetchTokens } from '../diff/lines.svelte';
import type { DiffTools } from '../diff/tools';
import type { ModelComments } from '../reviewer/modelComments.svelte';
import type { FetchContext, ShowEdited } from './decisions';
import type { LineComments } from './lineComments';

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
  /** Reads both versions of a file that is no text. */
  versions?: (path: string) => Promise<FileVersions | undefined>;
  /** The person's comments on it. */
  comments?: LineComments;
  /** Comments of the reviewer on it. */
  modelComments?: ModelComments;
  /** Actions on a part of it, beside reading it. */
  tools?: DiffTools;
  /** Side that is on disk. */
  onDisk: 'old' | 'new';
}
