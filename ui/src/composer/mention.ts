/** Text being typed after an `@`, and its range. */
export interface Mention {
  from: number;
  to: number;
  query: string;
}

/** Returns the mention at the cursor: an `@` at the start or after white space, and no white space since. */
export function mentionAt(text: string, cursor: number): Mention | null {
  // a negative position would find an `@` at 0
  const at = cursor === 0 ? -1 : text.lastIndexOf('@', cursor - 1);
  if (at < 0 || (at > 0 && !/\s/.test(text[at - 1] ?? ''))) return null;
  const query = text.slice(at + 1, cursor);
  if (/\s/.test(query)) return null;
  return { from: at, to: cursor, query };
}

/** Replaces a mention by the path of a file or a folder; returns the text and the new place of the cursor. */
export function insertMention(text: string, mention: Mention, path: string): { text: string; cursor: number } {
  const name = /\s/.test(path) ? `@"${path}"` : `@${path}`;
  const rest = text.slice(mention.to);
  const gap = /^\s/.test(rest) ? '' : ' ';
  return { text: text.slice(0, mention.from) + name + gap + rest, cursor: mention.from + name.length + 1 };
}

/** Most folders that are listed. */
const MOST_FOLDERS = 6;

/** Returns the files that match letters and the folders that do among those which hold files, best first. The best file comes first,
 *  unless a folder has that very name, or there are no letters or a slash after them. */
export function withFolders(files: readonly string[], inside: readonly string[], query: string): string[] {
  const letters = query.toLowerCase().replace(/\/$/, '');
  const ranked = foldersOf([...files, ...inside]).flatMap((folder) => {
    const rank = rankOf(folder.slice(0, -1).toLowerCase(), letters);
    return rank === null ? [] : [{ folder, rank, depth: folder.split('/').length }];
  });
  ranked.sort((a, b) => a.rank - b.rank || a.depth - b.depth);
  const folders = ranked.slice(0, MOST_FOLDERS).map(({ folder }) => folder);
  const leads = letters !== query.toLowerCase() || letters === '' || ranked[0]?.rank === 0;
  return leads ? [...folders, ...files] : [...files.slice(0, 1), ...folders, ...files.slice(1)];
}

/** Returns the folders that files are in, with a slash at their ends. */
function foldersOf(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const file of files) {
    for (let at = file.indexOf('/'); at !== -1; at = file.indexOf('/', at + 1)) folders.add(file.slice(0, at + 1));
  }
  return [...folders];
}

/** Returns how well a folder matches letters, 0 for its whole name; `null` when it doesn't. A match ends in the name: what is in a folder
 *  that matches isn't meant. */
function rankOf(path: string, letters: string): number | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const around = path.slice(0, path.length - name.length);
  if (letters === '') return around === '' ? 1 : null;
  if (name === letters || path === letters) return 0;
  if (name.startsWith(letters)) return 1;
  if (name.includes(letters)) return 2;
  const at = path.lastIndexOf(letters);
  if (at !== -1 && at + letters.length > around.length) return 2;
  return isSubsequence(letters, path) && !isSubsequence(letters, around) ? 3 : null;
}

function isSubsequence(letters: string, text: string): boolean {
  let at = 0;
  for (const letter of text) if (letter === letters[at]) at += 1;
  return at === letters.length;
}
