import { getContext, setContext } from 'svelte';
import type { App } from './app.svelte';

const APP = Symbol('app');

/** Gives the state of the window to everything beneath the calling component. */
export function provideApp(app: App): void {
  setContext(APP, app);
}

/** Returns the state of the window. */
export function useApp(): App {
  return getContext<App>(APP);
}

const LINKS = Symbol('links');

/** Shows the address of a link beside the pressed element, before anything is opened. */
export type ShowLink = (url: string, beside: HTMLElement) => void;

export function provideLinks(show: ShowLink): void {
  setContext(LINKS, show);
}

export function useLinks(): ShowLink {
  return getContext<ShowLink>(LINKS);
}
