import { untrack } from 'svelte';
import type { Part, WindowState } from './window.svelte';

/** Calls back when that part of the window is asked for, also when it was before the part came up. */
export function whenWanted(shown: WindowState, part: Part, take: () => void): void {
  $effect(() => {
    if (shown.wanted !== part) return;
    untrack(() => {
      shown.wanted = null;
      take();
    });
  });
}
