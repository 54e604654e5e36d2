import type { AppView, Commands } from '../bindings';
import { asCommandError, type Host } from '../host/host';
import { Asides } from './asides';
import type { Toasts } from './toasts.svelte';

/** Commands whose reply is the whole app. */
type AppCommand = 'app' | 'save_settings' | 'reset_setting' | 'store_key' | 'delete_key' | 'find_providers';

/** Calls the host for the window: a failure becomes a toast, a reply with the whole app is applied. */
export class Client {
  /** For callers that show a failure where it happened; everything else goes through `call`. */
  readonly host: Host;
  /** Answers that stream outside of the conversations. */
  readonly asides = new Asides();
  readonly #toasts: Toasts;
  readonly #apply: (view: AppView) => void;

  constructor(host: Host, toasts: Toasts, apply: (view: AppView) => void) {
    this.host = host;
    this.#toasts = toasts;
    this.#apply = apply;
  }

  /** Calls the host; resolves to `undefined` after a failure. */
  async call<K extends keyof Commands>(
    name: K,
    args: Commands[K]['args'],
  ): Promise<Commands[K]['reply'] | undefined> {
    return this.run(() => this.host.call(name, args));
  }

  /** Calls a command that replies with the whole app, and applies the reply; reports whether it succeeded. */
  async update<K extends AppCommand>(name: K, args: Commands[K]['args']): Promise<boolean> {
    const view = await this.call(name, args);
    if (view) this.#apply(view as AppView);
    return view !== undefined;
  }

  /** Fetches the whole app again. */
  async refresh(): Promise<void> {
    await this.update('app', {});
  }

  /** Runs `work`; resolves to `undefined` after a failure. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (thrown) {
      this.#toasts.error(asCommandError(thrown));
      return undefined;
    }
  }
}
