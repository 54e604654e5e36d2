/** What reorders text, steers a terminal, takes no place, or looks like a plain space and is none: the host draws the same. */
const TRICKS =
  /[\0-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/** The text with every character that cannot be seen written as `\u{...}`. Tabs and line feeds stay. */
export function visible(text: string): string {
  return text.replace(TRICKS, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`);
}
