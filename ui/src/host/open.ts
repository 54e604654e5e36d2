import type { Host } from './host';
import { tauriHost } from './tauri';
import { webHost } from './web';

/** The host of this window: Tauri's when it runs in the app, else the server that served the page. */
export function openHost(): Host {
  return '__TAURI_INTERNALS__' in window ? tauriHost : webHost(window.location);
}
