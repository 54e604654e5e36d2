import type { CommandError, RuleView, RulesView } from '../bindings';
import { asCommandError } from '../host/host';
import type { Client } from '../state/client';
import type { Toasts } from '../state/toasts.svelte';
import { actions } from '../strings/actions';
import { rules as text } from '../strings/rules';

/** Rules for commands, as the host has them. */
export class RuleBook {
  view = $state.raw<RulesView | null>(null);
  /** Reason why the rules could not be loaded. */
  failure = $state.raw<CommandError | null>(null);
  readonly #client: Client;
  readonly #toasts: Toasts;

  constructor(client: Client, toasts: Toasts) {
    this.#client = client;
    this.#toasts = toasts;
  }

  get here(): RuleView[] {
    return this.view?.rules.filter((rule) => rule.here) ?? [];
  }

  get elsewhere(): RuleView[] {
    return this.view?.rules.filter((rule) => !rule.here) ?? [];
  }

  async load(): Promise<void> {
    try {
      this.view = await this.#client.host.call('rules', {});
      this.failure = null;
    } catch (thrown) {
      this.failure = asCommandError(thrown);
    }
  }

  /** Deletes a rule, and offers to undo that. */
  async delete(rule: RuleView): Promise<boolean> {
    const view = await this.#client.call('delete_rule', { id: rule.id });
    if (!view) {
      void this.load();
      return false;
    }
    this.view = view;
    this.#toasts.info(text.deleted(rule.decision, rule.command), {
      label: actions.undo,
      run: () => void this.#restore(rule.id),
    });
    return true;
  }

  async #restore(id: string): Promise<void> {
    this.view = (await this.#client.call('restore_rule', { id })) ?? this.view;
  }
}
