import { getContext, setContext } from 'svelte';

/** Distance from the view within which content is on the page. */
const MARGIN = '800px';

/** Tells parts of a scroller whether they are near its view, so that only those are on the page. */
export class Slots {
  #observer: IntersectionObserver | null = null;
  #scroller: HTMLElement | null = null;
  readonly #told = new Map<Element, (near: boolean) => void>();

  /** Attachment of the element that scrolls. */
  readonly attach = (element: HTMLElement) => {
    this.#scroller = element;
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) this.#told.get(entry.target)?.(entry.isIntersecting);
      },
      { root: element, rootMargin: MARGIN },
    );
    for (const slot of this.#told.keys()) this.#observer.observe(slot);
    return () => {
      this.#observer?.disconnect();
      this.#observer = null;
      this.#scroller = null;
    };
  };

  add(element: HTMLElement, tell: (near: boolean) => void): () => void {
    this.#told.set(element, tell);
    this.#observer?.observe(element);
    return () => {
      this.#told.delete(element);
      this.#observer?.unobserve(element);
    };
  }

  /** Scrolls by what an element above the view has grown, so that what is read stays in its place. */
  grew(element: HTMLElement, by: number): void {
    const scroller = this.#scroller;
    if (!scroller || by === 0) return;
    if (element.getBoundingClientRect().bottom - by <= scroller.getBoundingClientRect().top) scroller.scrollTop += by;
  }
}

const SLOTS = Symbol('slots');

/** Makes the calling component a scroller of slots. */
export function provideSlots(): Slots {
  return setContext(SLOTS, new Slots());
}

export function useSlots(): Slots {
  return getContext<Slots>(SLOTS);
}
