import type { CopiedFile } from '../bindings';

/** Reports whether a paste may be of files or a picture that the engine keeps from the page: WebKitGTK gives it nothing of them. */
export function mayHide(data: DataTransfer | null): boolean {
  if (data === null || data.files.length > 0 || data.getData('text/plain') !== '') return false;
  return data.types.length === 0 || (data.types.includes('text/uri-list') && data.getData('text/uri-list') === '');
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
