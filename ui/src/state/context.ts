import { getContext, setContext } from 'svelte';
import type { TokenSpan } from '../bindings';
import type { App } from './app.svelte';
import type { FileLinks } from './fileLinks.svelte';

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

const CODE_TOKENS = Symbol('code tokens');

/** Fetches the syntax colours of a code block. */
export type FetchCodeTokens = (language: string, text: string) => Promise<TokenSpan[][]>;

export function provideCodeTokens(fetch: FetchCodeTokens): void {
  setContext(CODE_TOKENS, fetch);
}

/** Returns the way to colour code; `undefined` where there is none. */
export function useCodeTokens(): FetchCodeTokens | undefined {
  return getContext<FetchCodeTokens | undefined>(CODE_TOKENS);
}

const FILE_LINKS = Symbol('file links');

/** Returns what finds the files that a text names; `null` while the text still grows. */
export type CurrentFileLinks = () => FileLinks | null;

/** Has the texts beneath the calling component linked to the files they name. */
export function provideFileLinks(links: CurrentFileLinks): void {
  setContext(FILE_LINKS, links);
}

/** Returns the way to link texts to files: none where nothing provides it. */
export function useFileLinks(): CurrentFileLinks {
  return getContext<CurrentFileLinks | undefined>(FILE_LINKS) ?? (() => null);
}
