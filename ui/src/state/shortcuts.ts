/** A key, or several that do the same, and what it does. `Mod` is Ctrl, and Cmd on a Mac. */
export interface Shortcut {
  keys: readonly string[];
  does: string;
}

/** Every shortcut by the place where it works. What handles keys and what lists them both read this, so that the list is true. */
export const SHORTCUTS = {
  window: {
    palette: { keys: ['Mod+K'], does: 'Commands and sessions' },
    shortcuts: { keys: ['?'], does: 'These shortcuts' },
    newSession: { keys: ['Mod+N'], does: 'New session' },
    search: { keys: ['Mod+Shift+F'], does: 'Search in sessions' },
    sidebar: { keys: ['Mod+B'], does: 'Show or hide the sidebar' },
    changes: { keys: ['Mod+J'], does: 'Show or hide the changes' },
    diffs: { keys: ['Mod+U'], does: 'Diffs side by side, or unified' },
    settings: { keys: ['Mod+,'], does: 'Settings' },
    next: { keys: ['F6'], does: 'Next part of the window' },
    previous: { keys: ['Shift+F6'], does: 'Part before it' },
    stop: { keys: ['Escape'], does: 'Stop the task' },
  },
  decision: {
    approve: { keys: ['A'], does: 'Approve, once' },
    session: { keys: ['S'], does: 'Approve for the session' },
    grant: { keys: ['G'], does: 'Allow only what was refused' },
    deny: { keys: ['D'], does: 'Deny' },
    next: { keys: ['J'], does: 'Next hunk' },
    previous: { keys: ['K'], does: 'Hunk before it' },
    check: { keys: ['Space'], does: 'Take the hunk out, put it back' },
    edit: { keys: ['E'], does: 'Edit the hunk' },
  },
  writing: {
    leave: { keys: ['Escape'], does: 'Leave it, or end the search' },
  },
  prompt: {
    send: { keys: ['Enter'], does: 'Send' },
    line: { keys: ['Shift+Enter'], does: 'New line' },
    older: { keys: ['ArrowUp'], does: 'Earlier prompt, from an empty field' },
    newer: { keys: ['ArrowDown'], does: 'Later prompt' },
  },
  files: {
    next: { keys: ['ArrowDown'], does: 'Next file' },
    previous: { keys: ['ArrowUp'], does: 'File before it' },
    take: { keys: ['Enter', 'Tab'], does: 'Mention it' },
    leave: { keys: ['Escape'], does: 'Mention none' },
  },
  conversation: {
    start: { keys: ['Home'], does: 'Its start' },
    end: { keys: ['End'], does: 'Its end, and follow it' },
    up: { keys: ['PageUp'], does: 'A page up' },
    down: { keys: ['PageDown'], does: 'A page down' },
  },
  palette: {
    next: { keys: ['ArrowDown'], does: 'Next entry' },
    previous: { keys: ['ArrowUp'], does: 'Entry before it' },
    first: { keys: ['Home'], does: 'First entry' },
    last: { keys: ['End'], does: 'Last entry' },
    take: { keys: ['Enter'], does: 'Do it' },
  },
} as const satisfies Record<string, Record<string, Shortcut>>;

export type Place = keyof typeof SHORTCUTS;

export const PLACES: Record<Place, string> = {
  window: 'Anywhere',
  decision: 'A decision that waits',
  writing: 'A note, a hunk, a search',
  prompt: 'Prompt',
  files: 'Files to mention',
  conversation: 'Conversation',
  palette: 'Commands and sessions',
};

/** What is done for each shortcut of a place: none can be listed and not handled. */
type Handlers<P extends Place> = Record<keyof (typeof SHORTCUTS)[P], (event: KeyboardEvent) => unknown>;

/** Does what a key means in a place, and answers whether it meant something. A handler that answers `false` leaves the key to
 *  others. */
export function press<P extends Place>(event: KeyboardEvent, place: P, handlers: Handlers<P>): boolean {
  const shortcuts: Record<string, Shortcut> = SHORTCUTS[place];
  for (const [name, { keys }] of Object.entries(shortcuts)) {
    if (!keys.some((key) => means(event, key, onMac))) continue;
    if (handlers[name as keyof Handlers<P>](event) === false) return false;
    event.preventDefault();
    return true;
  }
  return false;
}

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** Whether what was pressed is that key, with those keys held and no others. */
export function means(event: Pressed, shortcut: string, mac: boolean): boolean {
  const held = shortcut.split('+');
  const name = held.pop() ?? '';
  const [mod, other] = mac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (mod !== held.includes('Mod') || other || event.altKey) return false;
  // a sign stands where the layout has it, with Shift or without
  if (!isSign(name) && event.shiftKey !== held.includes('Shift')) return false;
  return event.key.toLowerCase() === (name === 'Space' ? ' ' : name.toLowerCase());
}

function isSign(name: string): boolean {
  return name.length === 1 && !/[a-z0-9]/i.test(name);
}

export const onMac = typeof navigator !== 'undefined' && /^Mac/.test(navigator.platform);

const SHOWN: Record<string, string> = {
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
};

/** The keys as they are called on the keyboard: each cap by itself. */
export function caps(shortcut: string, mac: boolean = onMac): string[] {
  return shortcut.split('+').map((name) => {
    if (name === 'Mod') return mac ? '⌘' : 'Ctrl';
    if (name === 'Shift' && mac) return '⇧';
    return SHOWN[name] ?? name;
  });
}

/** A shortcut as it is shown beside what it does. */
export function hint(shortcut: Shortcut): string {
  return caps(shortcut.keys[0] ?? '').join(' ');
}

/** The same for `aria-keyshortcuts`. */
export function ariaKeys(shortcut: Shortcut): string {
  return shortcut.keys.map((key) => key.replace('Mod', onMac ? 'Meta' : 'Control')).join(' ');
}
