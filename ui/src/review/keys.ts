import { isPressable } from '../state/keys';
import { press, type SHORTCUTS } from '../state/shortcuts';

/** A shortcut of reviews, by its name. */
export type ReviewAction = keyof typeof SHORTCUTS.review;

/** Reports whether an element is a hunk that Enter unfolds or folds. */
export function isFoldable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.dataset.foldable === 'true';
}

/** Carries out a pressed shortcut of reviews; `act` reports whether it means something where the cursor is. */
export function pressReview(event: KeyboardEvent, act: (action: ReviewAction) => boolean): boolean {
  // arrows scroll, and move through text, unless a hunk has the focus
  const onHunk = event.target instanceof Element && event.target.closest('[data-hunk]') !== null;
  return press(event, 'review', {
    next: () => act('next'),
    previous: () => act('previous'),
    unread: () => act('unread'),
    nextFile: () => act('nextFile'),
    previousFile: () => act('previousFile'),
    check: () => !isPressable(event.target) && act('check'),
    viewed: () => act('viewed'),
    edit: () => act('edit'),
    comment: () => act('comment'),
    down: () => onHunk && act('down'),
    up: () => onHunk && act('up'),
    extendDown: () => onHunk && act('extendDown'),
    extendUp: () => onHunk && act('extendUp'),
    leaveOut: () => act('leaveOut'),
    split: () => act('split'),
    why: () => act('why'),
    open: () => act('open'),
    copyPatch: () => act('copyPatch'),
    revert: () => act('revert'),
    whiteSpace: () => act('whiteSpace'),
    unfold: () => !isPressable(event.target) && act('unfold'),
    filter: () => act('filter'),
  });
}
