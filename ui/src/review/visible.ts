/** Characters that reorder text, steer a terminal, take no space, or look like a plain space and aren't. The host escapes the same. */
const TRICKS =
  /[\0-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/** Escapes every character that can't be seen as `\u{...}`. Tabs and line feeds stay. */
export function visible(text: string): string {
  return text.replace(TRICKS, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`);
}
