import type { CommandError, CopiedFiles } from '../bindings';
import { asCommandError, type Host } from '../host/host';
import type { ReadImages } from '../state/drafts.svelte';
import { composer as text } from '../strings/composer';
import { readImages } from './images';

/** Reports whether a paste may be of files or a picture that the engine keeps from the page: WebKitGTK gives it nothing of them. */
export function mayHide(data: DataTransfer | null): boolean {
  if (data === null || data.files.length > 0 || data.getData('text/plain') !== '') return false;
  return data.types.length === 0 || (data.types.includes('text/uri-list') && data.getData('text/uri-list') === '');
}

/** Reads the images in the clipboard that the engine kept from the page; `problems` says why others are left out. */
export async function readCopiedImages(host: Host): Promise<ReadImages> {
  const { files, problems } = await copiedFiles(host);
  const read = await readImages(files);
  return { urls: read.urls, problems: [...problems, ...read.problems] };
}

/** Fetches the files and pictures in the clipboard; `problems` says why others are left out. */
export async function copiedFiles(host: Host): Promise<{ files: File[]; problems: CommandError[] }> {
  try {
    return asFiles(await host.call('copied_files', {}));
  } catch (thrown) {
    return { files: [], problems: [asCommandError(thrown)] };
  }
}

function asFiles(copied: CopiedFiles): { files: File[]; problems: CommandError[] } {
  const files: File[] = [];
  const problems: CommandError[] = [];
  for (const { name, base64, too_large } of copied.files) {
    if (base64 !== null) files.push(new File([decode(base64)], name));
    else if (too_large) problems.push(text.copied.tooLarge(name || text.copied.picture));
    else problems.push(name === '' ? text.copied.pictureUnreadable : text.unreadable(name));
  }
  if (copied.left_out > 0) problems.push(text.copied.leftOut(copied.left_out));
  return { files, problems };
}

/** Decodes base64: the engine does where it can, since a picture has megabytes. */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  const engine = Uint8Array as typeof Uint8Array & { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (engine.fromBase64) return engine.fromBase64(base64);
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
