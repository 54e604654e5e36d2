import type { ChangeScope, ChangesView, CommandError } from '../bindings';
import { asCommandError } from '../host/host';

/** The changes of a stretch of work, as the person picked it. Those of the task come by themselves; others are compared on request. */
export class ScopedChanges {
  scope = $state<ChangeScope>('task');
  /** The changes of `scope`; `null` for those of the task, and until the host has compared them. */
  view = $state.raw<ChangesView | null>(null);
  /** Why they can't be shown. */
  problem = $state.raw<CommandError | null>(null);
  readonly #compare: (scope: ChangeScope) => Promise<ChangesView>;
  #running: Promise<void> | null = null;
  #stale = false;

  constructor(compare: (scope: ChangeScope) => Promise<ChangesView>) {
    this.#compare = compare;
  }

  /** Shows another stretch of work. */
  async show(scope: ChangeScope): Promise<void> {
    if (scope !== this.scope) {
      this.scope = scope;
      this.view = null;
      this.problem = null;
    }
    await this.refresh();
  }

  /** Compares the files again. Calls while a comparison runs are one more comparison after it. */
  async refresh(): Promise<void> {
    if (this.scope === 'task') return;
    this.#stale = true;
    this.#running ??= this.#run();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      const { scope } = this;
      try {
        const view = await this.#compare(scope);
        if (scope === this.scope) [this.view, this.problem] = [view, null];
      } catch (thrown) {
        if (scope === this.scope) [this.view, this.problem] = [null, asCommandError(thrown)];
      }
    }
    this.#running = null;
  }
}
