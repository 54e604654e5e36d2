import type { AppView, ProviderView } from '../bindings';
import type { Client } from './client';

/** Providers of models, and their keys. */
export class Providers {
  list = $state.raw<ProviderView[]>([]);
  /** Reason why keys can't be stored in the system's keychain. */
  keychainProblem = $state<string | null>(null);
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  load(view: AppView): void {
    this.list = view.providers;
    this.keychainProblem = view.keychain_problem;
  }

  get(key: string | undefined): ProviderView | null {
    return this.list.find((each) => each.key === key) ?? null;
  }

  /** Searches this computer for model servers again. */
  async refresh(): Promise<void> {
    await this.#client.update('find_providers', {});
  }

  async storeKey(provider: string, secret: string): Promise<void> {
    await this.#client.update('store_key', { provider, secret });
  }

  async deleteKey(provider: string): Promise<void> {
    await this.#client.update('delete_key', { provider });
  }
}
