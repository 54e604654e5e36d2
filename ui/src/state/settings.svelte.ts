import type { AppView, Settings as SettingsValues, Theme } from '../bindings';
import type { Client } from './client';

/** Settings of the app. */
export class Settings {
  /** `null` until the host has answered. */
  values = $state.raw<SettingsValues | null>(null);
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  load(view: AppView): void {
    this.values = view.settings;
    applyTheme(view.settings.theme);
  }

  /** Saves some settings; reports whether that succeeded. */
  async save(change: Partial<SettingsValues>): Promise<boolean> {
    if (!this.values) return false;
    return this.#client.update('save_settings', { ...this.values, ...change });
  }
}

/** Applies a theme to the page, and remembers it so that the next start paints in it before the host has answered. */
export function applyTheme(theme: Theme): void {
  if (typeof document === 'undefined') return;
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
}
