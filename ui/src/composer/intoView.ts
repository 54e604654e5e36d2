/** Scrolls the option of a list into view while it is the picked one. */
export function intoViewIf(picked: boolean) {
  return (option: HTMLElement) => {
    if (picked) option.scrollIntoView({ block: 'nearest' });
  };
}
