import { untrack } from 'svelte';

/** A section of the window that can ask for the focus, or open, from anywhere. */
export type Section =
  | 'find'
  | 'prompt'
  | 'mention'
  | 'picture'
  | 'decision'
  | 'search'
  | 'policy'
  | 'context'
  | 'sandbox'
  | 'reviewer';

/** Requests to bring a section of the window up; a section that is not on the page yet takes its request when it is. */
export class Focus {
  focusRequest = $state<Section | null>(null);

  request(section: Section): void {
    this.focusRequest = section;
  }

  /** Calls `show` for each request of `section` that is meant for here. For the initialization of a component. */
  onRequest(section: Section, show: () => void, isHere: () => boolean = () => true): void {
    $effect(() => {
      if (this.focusRequest !== section || !isHere()) return;
      untrack(() => {
        this.focusRequest = null;
        show();
      });
    });
  }
}
