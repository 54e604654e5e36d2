import { SvelteMap } from 'svelte/reactivity';

/** Cards the person opened or closed, by session and row: a card that scrolled away and back stays as it was. */
export const unfolded = new SvelteMap<string, boolean>();
