/** Kinds of layers: dialogs and menus take all keys, popovers and lists float beside something, panels cover the conversation. */
export type LayerKind = 'dialog' | 'menu' | 'popover' | 'list' | 'panel';

/** Something open over the page, and how to close it. */
export interface Layer {
  readonly kind: LayerKind;
  readonly close: () => void;
}

/** Stack of what is open over the page; Escape closes the top. */
export class Layers {
  #stack = $state.raw<readonly Layer[]>([]);

  get top(): Layer | null {
    return this.#stack.at(-1) ?? null;
  }

  /** The dialog on top, whatever floats in it. */
  get topDialog(): Layer | null {
    return this.#stack.findLast((each) => each.kind === 'dialog') ?? null;
  }

  /** Whether a dialog or a menu is open, which has the keys to itself. */
  get modal(): boolean {
    return this.#stack.some((each) => each.kind === 'dialog' || each.kind === 'menu');
  }

  /** Whether anything floats over the page; a panel does not. */
  get floating(): boolean {
    return this.#stack.some((each) => each.kind !== 'panel');
  }

  count(kind: LayerKind): number {
    return this.#stack.filter((each) => each.kind === kind).length;
  }

  /** Pushes a layer that is open now; returns its removal. */
  push(layer: Layer): () => void {
    this.#stack = [...this.#stack, layer];
    return () => (this.#stack = this.#stack.filter((each) => each !== layer));
  }

  /** Closes the top layer; reports whether there was one. */
  closeTop(): boolean {
    const { top } = this;
    top?.close();
    return top !== null;
  }

  /** Closes every layer of a kind, the top first. */
  closeAll(kind: LayerKind): void {
    for (const each of [...this.#stack].reverse()) if (each.kind === kind) each.close();
  }
}
