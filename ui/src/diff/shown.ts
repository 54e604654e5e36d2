/** Characters up to which the host shows a line whole. */
const MAX_SHOWN = 2_000;

/** Reports whether a line is shown as it is: not cut, and without characters that are shown as their numbers. */
export function isShownWhole(text: string): boolean {
  return text.length <= MAX_SHOWN && !text.includes('\\u{');
}
