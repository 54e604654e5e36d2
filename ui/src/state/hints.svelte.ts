const KEY = 'review-hints';

/** Hints of the first review: shown one after another, until the person has seen them or wants none. */
export class ReviewHints {
  /** Index of the hint that is shown; `null` when there is none any more. */
  current = $state<number | null>(0);
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
    if (typeof localStorage !== 'undefined' && localStorage.getItem(KEY) === 'done') this.current = null;
  }

  /** Goes on to the next hint; after the last one there is none for good. */
  next(): void {
    if (this.current === null) return;
    if (this.current + 1 < this.#count) this.current += 1;
    else this.dismiss();
  }

  /** Shows no hint any more, in this window or a later one. */
  dismiss(): void {
    this.current = null;
    if (typeof localStorage !== 'undefined') localStorage.setItem(KEY, 'done');
  }
}
