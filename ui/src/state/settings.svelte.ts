import type {
  AppView,
  Setting,
  Settings as SettingsValues,
  SettingsChange,
  Theme,
  ValueSource,
} from '../bindings';
import type { Client } from './client';

/** Settings of the app. */
export class Settings {
  /** `null` until the host has answered. */
  values = $state.raw<SettingsValues | null>(null);
  /** Where each value comes from. */
  sources = $state.raw<{ [key in Setting]?: ValueSource }>({});
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  load(view: AppView): void {
    this.values = view.settings;
    this.sources = view.setting_sources;
    applyTheme(view.settings.theme);
  }

  /** Saves the settings that changed, and leaves the others to the config file; reports whether that succeeded. */
  async save(change: SettingsChange): Promise<boolean> {
    if (!this.values) return false;
    return this.#client.update('save_settings', change);
  }

  /** Removes a saved setting, so that the config file decides, or else the default; reports whether that succeeded. */
  async reset(setting: Setting): Promise<boolean> {
    return this.#client.update('reset_setting', { setting });
  }
}

/** Applies a theme to the page, and remembers it so that the next start paints in it before the host has answered. */
export function applyTheme(theme: Theme): void {
  if (typeof document === 'undefined') return;
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
}
