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

/** Replaces a mention by the path of a file; returns the text and the new place of the cursor. */
export function insertMention(text: string, mention: Mention, path: string): { text: string; cursor: number } {
  const name = /\s/.test(path) ? `@"${path}"` : `@${path}`;
  const rest = text.slice(mention.to);
  const gap = /^\s/.test(rest) ? '' : ' ';
  return { text: text.slice(0, mention.from) + name + gap + rest, cursor: mention.from + name.length + 1 };
}
