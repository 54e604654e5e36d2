import { getContext, setContext, tick } from 'svelte';
import type { Attachment } from 'svelte/attachments';
import { layout } from '../state/layout.svelte';
import { ROW_HEIGHT, type Rows } from './rows';

/** In less, each of two sides would show hardly more than the beginnings of lines. */
const LEAST_PX = 660;

/** A hunk on the page, and its rows as they are painted. */
export interface Painted {
  box: HTMLElement;
  rows: () => Rows;
}

/** A place where diffs are shown one below the other, and scroll together. */
export class DiffRoom {
  #scroller: HTMLElement | null = null;
  #width = $state(0);
  #hunks = new Set<Painted>();
  #holding = false;

  /** Whether two sides do not fit beside each other. */
  get narrow(): boolean {
    return this.#width < LEAST_PX;
  }

  get sideBySide(): boolean {
    return layout.sideBySide && !this.narrow;
  }

  /** For the element that scrolls. */
  readonly attach: Attachment<HTMLElement> = (element) => {
    this.#scroller = element;
    this.#width = element.offsetWidth;
    // the engines that keep the place by themselves would do so twice
    element.style.setProperty('overflow-anchor', 'none');
    // with its scroll bar, which comes and goes with what is in it
    const observer = new ResizeObserver(() => (this.#width = element.offsetWidth));
    observer.observe(element, { box: 'border-box' });
    return () => {
      observer.disconnect();
      this.#scroller = null;
    };
  };

  add(hunk: Painted): () => void {
    this.#hunks.add(hunk);
    return () => this.#hunks.delete(hunk);
  }

  /** Keeps the line at the top of the view in its place while what is about to be painted has other rows: WebKitGTK does not do so
   *  by itself. */
  hold(): void {
    const scroller = this.#scroller;
    if (!scroller || this.#holding) return;
    const top = scroller.getBoundingClientRect().top;
    const first = [...this.#hunks]
      .map((hunk) => ({ hunk, box: hunk.box.getBoundingClientRect() }))
      .filter(({ box }) => box.bottom > top)
      .sort((a, b) => a.box.top - b.box.top)[0];
    if (!first) return;
    const { hunk, box } = first;
    const rows = hunk.rows();
    const row = Math.max(0, Math.min(rows.count - 1, Math.floor((top - box.top) / ROW_HEIGHT)));
    const line = rows.lineAt(row);
    const before = box.top - top + row * ROW_HEIGHT;
    this.#holding = true;
    void tick().then(() => {
      this.#holding = false;
      if (!hunk.box.isConnected) return;
      const moved = hunk.box.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      scroller.scrollTop += moved + hunk.rows().rowOf(line) * ROW_HEIGHT - before;
    });
  }
}

const ROOM = Symbol('diff room');

/** Makes the calling component a place for diffs. */
export function provideDiffRoom(): DiffRoom {
  return setContext(ROOM, new DiffRoom());
}

export function inDiffRoom(): DiffRoom {
  return getContext<DiffRoom>(ROOM);
}
