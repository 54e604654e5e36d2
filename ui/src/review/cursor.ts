import type { FileView, HunkId, HunkView } from '../bindings';

/** Place of the cursor: a file, or a hunk of it. */
export interface Place {
  path: string;
  hunk: HunkId | null;
}

/** Returns the place after or before another one; the ends stop it. From a file it goes to its first hunk, or to the one before. */
export function stepped(files: readonly FileView[], from: Place | null, step: 1 | -1): Place | null {
  const places = files.flatMap((file) => hunkPlaces(file));
  if (from === null) return places[0] ?? null;
  const within = places.findIndex((place) => isSame(place, from));
  if (within === -1) {
    const at = files.findIndex((file) => file.path === from.path);
    const before = files.slice(0, at).reduce((sum, file) => sum + hunkPlaces(file).length, 0);
    return places[step === 1 ? before : before - 1] ?? from;
  }
  return places[Math.max(0, Math.min(places.length - 1, within + step))] ?? from;
}

/** Returns the next hunk after a place that isn't viewed, from the start again after the last; `null` when there is none. */
export function nextUnread(
  files: readonly FileView[],
  from: Place | null,
  viewed: (path: string, hunk: HunkView) => boolean,
): Place | null {
  const all = files.flatMap((file) => file.hunks.map((hunk) => ({ file, hunk })));
  const current = from?.hunk ?? null;
  let start = all.findIndex(({ file, hunk }) => file.path === from?.path && (current === null || hunk.id === current));
  if (start !== -1 && current !== null) start += 1;
  const ordered = [...all.slice(Math.max(0, start)), ...all.slice(0, Math.max(0, start))];
  const next = ordered.find(({ file, hunk }) => !viewed(file.path, hunk));
  return next ? { path: next.file.path, hunk: next.hunk.id } : null;
}

/** Returns the file after or before that of a place. */
export function steppedFile(files: readonly FileView[], from: Place | null, step: 1 | -1): Place | null {
  const at = files.findIndex((file) => file.path === from?.path);
  // from within a file, back goes to its own start first
  const to = step === -1 && from?.hunk != null ? at : at + step;
  const file = files[Math.max(0, Math.min(files.length - 1, to))];
  return file ? { path: file.path, hunk: null } : null;
}

/** Files whose path contains every word of the filter, in any case. */
export function filtered(files: readonly FileView[], filter: string): readonly FileView[] {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return files;
  return files.filter((file) => {
    const path = `${file.path} ${file.other_path ?? ''}`.toLowerCase();
    return words.every((word) => path.includes(word));
  });
}

function hunkPlaces(file: FileView): Place[] {
  // a file without hunks is a stop of its own
  if (file.hunks.length === 0) return [{ path: file.path, hunk: null }];
  return file.hunks.map((hunk) => ({ path: file.path, hunk: hunk.id }));
}

function isSame(a: Place, b: Place): boolean {
  return a.path === b.path && a.hunk === b.hunk;
}
