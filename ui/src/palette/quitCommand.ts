import Power from '@lucide/svelte/icons/power';
import type { App } from '../state/app.svelte';
import { SHORTCUTS } from '../state/shortcuts';
import { palette as text } from '../strings/palette';
import type { Command } from './command';

/** Returns the command that quits the app. */
export function quitCommand(app: App): Command {
  return {
    id: 'quit',
    group: 'Window',
    name: text.quit,
    also: text.also.quit,
    icon: Power,
    shortcut: SHORTCUTS.window.quit,
    run: () => app.quit(),
  };
}
