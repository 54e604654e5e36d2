import type { CommandError } from '../bindings';

/** A short message about what happened. */
export interface Toast extends CommandError {
  id: number;
  /** Red for a failure, quiet for a result. */
  tone: 'bad' | 'plain';
  action?: ToastAction;
  /** Whether it is up for a moment only. */
  brief?: boolean;
}

/** A button on a toast. */
export interface ToastAction {
  label: string;
  run: () => void;
}

/** Kinds of places that show messages, each over the ones before it: a page, a pane of it, a panel that covers panes, a dialog. */
const PLACES = ['page', 'pane', 'panel', 'dialog'] as const;
export type ToastPlaceKind = (typeof PLACES)[number];

/** A place on the page that can show messages. */
export interface ToastPlace {
  readonly kind: ToastPlaceKind;
}

/** Short messages, oldest first, and the places for them. */
export class Toasts {
  list = $state<Toast[]>([]);
  #places = $state.raw<readonly ToastPlace[]>([]);
  /** The only place that shows messages: the one that nothing covers. */
  readonly place = $derived.by(() =>
    this.#places.reduce<ToastPlace | null>(
      (top, each) => (top && PLACES.indexOf(top.kind) > PLACES.indexOf(each.kind) ? top : each),
      null,
    ),
  );
  #count = 0;

  /** Adds a place that is on the page now; returns its removal. */
  addPlace(place: ToastPlace): () => void {
    this.#places = [...this.#places, place];
    return () => (this.#places = this.#places.filter((each) => each !== place));
  }

  /** Shows a failure, unless the same message is up already. */
  error(error: CommandError): void {
    if (this.list.some((each) => each.message === error.message)) return;
    this.#push({ ...error, tone: 'bad' });
  }

  /** Shows a result, with a button to undo it or to follow it up; returns the id of the toast. */
  info(message: string, action?: ToastAction): number {
    return this.#push({ message, hint: null, tone: 'plain', action });
  }

  /** Shows for a moment what a key did, in the place of the last such message. */
  flash(message: string): void {
    this.list = this.list.filter((each) => !each.brief);
    this.#push({ message, hint: null, tone: 'plain', brief: true });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((each) => each.id !== id);
  }

  #push(toast: Omit<Toast, 'id'>): number {
    this.#count += 1;
    this.list.push({ ...toast, id: this.#count });
    return this.#count;
  }
}
