import Bot from '@lucide/svelte/icons/bot';
import { chooseReviewer, modelName } from '../reviewer/reviewer';
import type { App } from '../state/app.svelte';
import { palette as text } from '../strings/palette';
import { reviewer } from '../strings/reviewer';
import type { Command } from './command';

/** Returns the command that opens the choice of a reviewer. */
export function reviewerCommands(app: App): Command[] {
  const chosen = app.settings.values?.reviewer;
  return [
    {
      id: 'reviewer',
      group: 'Settings',
      name: reviewer.choose,
      detail: chosen ? modelName(app, chosen.model) : undefined,
      also: text.also.reviewer,
      icon: Bot,
      run: () => chooseReviewer(app),
    },
  ];
}
