import { SvelteMap } from 'svelte/reactivity';

/** Which cards the person opened or closed, by session and row: a card that scrolled away and back is as it was left. */
export const unfolded = new SvelteMap<string, boolean>();
