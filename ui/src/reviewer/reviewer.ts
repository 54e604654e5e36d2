import type { App } from '../state/app.svelte';
import { reviewer as text } from '../strings/reviewer';

/** Returns the name of a reviewer's model for people. */
export function modelName({ providers }: Pick<App, 'providers'>, model: string): string {
  const practice = providers.list.find((provider) => provider.practice);
  return practice?.models.includes(model) ? text.practice : model;
}

/** Opens the settings where the reviewer is chosen. */
export function chooseReviewer({ dialogs, focus }: Pick<App, 'dialogs' | 'focus'>): void {
  dialogs.settings = 'model';
  focus.request('reviewer');
}
