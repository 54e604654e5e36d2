import type { CommandError } from '../bindings';

/** A short message over the window. */
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

/** Messages over the window, oldest first. */
export class Toasts {
  list = $state<Toast[]>([]);
  #count = 0;

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
