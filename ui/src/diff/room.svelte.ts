import { getContext, setContext, tick } from 'svelte';
import type { Attachment } from 'svelte/attachments';
import type { Layout } from '../state/layout.svelte';
import { drawnSpaces } from './marks';
import { ROW_HEIGHT, type Rows } from './rows';

/** Width below which two sides would show hardly more than the beginnings of lines. */
const LEAST_PX = 660;

/** A hunk on the page, and its painted rows. */
export interface PaintedHunk {
  box: HTMLElement;
  rows: () => Rows;
}

/** A scroller of diffs, one below the other. */
export class DiffRoom {
  readonly #layout: Layout;
  #scroller: HTMLElement | null = null;
  #width = $state(0);
  #hunks = new Set<PaintedHunk>();
  #holding = false;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Whether two sides don't fit beside each other. */
  get narrow(): boolean {
    return this.#width < LEAST_PX;
  }

  get sideBySide(): boolean {
    return this.#layout.sideBySide && !this.narrow;
  }

  /** Whether long lines are wrapped, in unified diffs. */
  get wrap(): boolean {
    return this.#layout.wrapDiffs;
  }

  /** Whether changes of white space alone are folded or dimmed. */
  get ignoresWhiteSpace(): boolean {
    return this.#layout.ignoreWhiteSpace;
  }

  /** Returns a text of a line as it is painted: with its spaces and tabs drawn, if that is chosen. */
  drawn(text: string): string {
    return this.#layout.drawSpaces ? drawnSpaces(text) : text;
  }

  /** Attachment of the element that scrolls. */
  readonly attach: Attachment<HTMLElement> = (element) => {
    this.#scroller = element;
    this.#width = element.offsetWidth;
    // engines that anchor the scroll by themselves would do so twice
    element.style.setProperty('overflow-anchor', 'none');
    // with its scroll bar, which comes and goes with the content
    const observer = new ResizeObserver(() => (this.#width = element.offsetWidth));
    observer.observe(element, { box: 'border-box' });
    return () => {
      observer.disconnect();
      this.#scroller = null;
    };
  };

  add(hunk: PaintedHunk): () => void {
    this.#hunks.add(hunk);
    return () => this.#hunks.delete(hunk);
  }

  /** Keeps the line at the top of the view in its place while other rows are about to be painted: WebKitGTK doesn't do so by
   *  itself. */
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

/** Makes the calling component a scroller of diffs. */
export function provideDiffRoom(layout: Layout): DiffRoom {
  return setContext(ROOM, new DiffRoom(layout));
}

export function useDiffRoom(): DiffRoom {
  return getContext<DiffRoom>(ROOM);
}
