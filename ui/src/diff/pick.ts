/** Returns the place in its hunk of the line whose number was pointed at; `null` for anything else. */
export function numberedLine(target: EventTarget | null): number | null {
  if (!(target instanceof Element) || !target.closest('.number')) return null;
  const line = target.closest<HTMLElement>('[data-line]')?.dataset.line;
  return line === undefined ? null : Number(line);
}
