import type { Host } from './host';
import { tauriHost } from './tauri';
import { webHost } from './web';

/** Returns the host of this window: Tauri's inside the app, else the server that served the page. */
export function openHost(): Host {
  return '__TAURI_INTERNALS__' in window ? tauriHost : webHost(window.location);
}
