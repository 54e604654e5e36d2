import type Search from '@lucide/svelte/icons/search';
import type { Shortcut } from '../state/shortcuts';

/** A command of the palette. None decides what waits for a decision: that takes a look at its card. */
export interface Command {
  id: string;
  group: 'Task' | 'Session' | 'Window' | 'Folder' | 'Settings';
  name: string;
  /** Object of the command, beside its name. */
  detail?: string;
  /** Sentence of help in the place of a detail. It isn't searched: most words match some of its letters. */
  help?: string;
  /** Other words by which it is found. */
  also?: string;
  icon: typeof Search;
  shortcut?: Shortcut;
  /** Whether it is listed for a query only: there are many of its kind. */
  rare?: boolean;
  run: () => unknown;
}
