/** Whether the person is typing text there. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
    return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type);
}

/** Whether the space bar already means something there. */
export function isPressable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('button, input, summary, a, [role="option"]') !== null
  );
}

/** Whether a menu is open. */
export function menuOpen(): boolean {
  return document.querySelector('.menu') !== null;
}

/** Whether something lies over the page that the keys belong to: a dialog, a popover, a menu. */
export function overlayOpen(): boolean {
  return document.querySelector('.floating') !== null;
}
