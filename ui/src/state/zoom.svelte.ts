import { asCommandError, type Host } from '../host/host';
import { app as text } from '../strings/app';
import type { Toasts } from './toasts.svelte';

/** Sizes of everything in the window, in percent: those of browsers. */
export const STEPS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200] as const;
const ACTUAL = 100;
const [LEAST, MOST] = [STEPS[0], STEPS[STEPS.length - 1] ?? ACTUAL];

/** Size of everything in the window, remembered between starts; a window of one session has a size of its own. */
export class Zoom {
  #percent = $state(ACTUAL);
  readonly #key: string;
  readonly #apply: Host['zoom'];
  readonly #toasts: Toasts;

  constructor(host: Host, toasts: Toasts, solo: string | null) {
    this.#key = solo === null ? 'zoom' : `zoom ${solo}`;
    this.#apply = host.zoom;
    this.#toasts = toasts;
    const saved = typeof localStorage === 'undefined' ? null : localStorage.getItem(this.#key);
    if (saved === null) return;
    this.#percent = nearest(Number(saved));
    if (this.#percent !== ACTUAL) void this.#show();
  }

  get percent(): number {
    return this.#percent;
  }

  get canGrow(): boolean {
    return this.#percent < MOST;
  }

  get canShrink(): boolean {
    return this.#percent > LEAST;
  }

  get isActual(): boolean {
    return this.#percent === ACTUAL;
  }

  /** Makes everything one step larger. */
  in(): void {
    this.#set(STEPS.find((step) => step > this.#percent) ?? MOST);
  }

  /** Makes everything one step smaller. */
  out(): void {
    this.#set(STEPS.findLast((step) => step < this.#percent) ?? LEAST);
  }

  /** Makes everything its actual size. */
  reset(): void {
    this.#set(ACTUAL);
  }

  #set(percent: number): void {
    this.#percent = percent;
    if (typeof localStorage !== 'undefined') {
      if (percent === ACTUAL) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, String(percent));
    }
    this.#toasts.flash(text.zoom(percent));
    void this.#show();
  }

  async #show(): Promise<void> {
    try {
      await this.#apply?.(this.#percent / 100);
    } catch (thrown) {
      this.#toasts.error(asCommandError(thrown));
    }
  }
}

/** Returns the step nearest to a size that was saved. */
function nearest(percent: number): number {
  if (!Number.isFinite(percent)) return ACTUAL;
  return STEPS.reduce((best, step) => (Math.abs(step - percent) < Math.abs(best - percent) ? step : best));
}
