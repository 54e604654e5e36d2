import { getContext, setContext } from 'svelte';
import type { WindowState } from './window.svelte';

const WINDOW = Symbol('window');

/** Gives the window's state to everything beneath the calling component. */
export function provideWindow(state: WindowState): void {
  setContext(WINDOW, state);
}

/** The window's state. */
export function inWindow(): WindowState {
  return getContext<WindowState>(WINDOW);
}

const LINKS = Symbol('links');

/** Shows an address beside what was pressed, before anything is opened. */
export type ShowLink = (url: string, beside: HTMLElement) => void;

export function provideLinks(show: ShowLink): void {
  setContext(LINKS, show);
}

export function inLinks(): ShowLink {
  return getContext<ShowLink>(LINKS);
}
