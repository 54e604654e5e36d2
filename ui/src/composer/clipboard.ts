import type { CopiedFile } from '../bindings';
import type { App } from '../state/app.svelte';
import { composer as text } from '../strings/composer';

/** Reports whether a paste may be of files or a picture that the engine keeps from the page: WebKitGTK gives it nothing of them. */
export function mayHide(data: DataTransfer | null): boolean {
  if (data === null || data.files.length > 0 || data.getData('text/plain') !== '') return false;
  return data.types.length === 0 || (data.types.includes('text/uri-list') && data.getData('text/uri-list') === '');
}

/** Returns the files and pictures in the clipboard that the engine kept from the page, and tells of those that can't be read. */
export async function copiedFiles(app: App): Promise<File[]> {
  const { files, unreadable } = asFiles((await app.client.call('copied_files', {})) ?? []);
  for (const name of unreadable) app.toasts.error(text.unreadable(name));
  return files;
}

/** Returns what the host read as files, and the names of those that it could not read. */
export function asFiles(copied: readonly CopiedFile[]): { files: File[]; unreadable: string[] } {
  const files: File[] = [];
  const unreadable: string[] = [];
  for (const { name, base64 } of copied) {
    if (base64 === null) unreadable.push(name);
    else files.push(new File([Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))], name));
  }
  return { files, unreadable };
}
