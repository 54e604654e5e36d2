import { shortcuts as text } from '../strings/shortcuts';

/** One or more keys, and the label of their action. `Mod` is Ctrl, and Cmd on a Mac. */
export interface Shortcut {
  keys: readonly string[];
  label: string;
}

/** Every shortcut, by the scope in which it works. Key handlers and the list of shortcuts both read this table. */
export const SHORTCUTS = {
  window: {
    palette: { keys: ['Mod+K'], label: text.window.palette },
    shortcuts: { keys: ['?'], label: text.window.shortcuts },
    inbox: { keys: ['Mod+I'], label: text.window.inbox },
    newSession: { keys: ['Mod+N'], label: text.window.newSession },
    search: { keys: ['Mod+Shift+F'], label: text.window.search },
    find: { keys: ['Mod+F'], label: text.window.find },
    sidebar: { keys: ['Mod+B'], label: text.window.sidebar },
    changes: { keys: ['Mod+J'], label: text.window.changes },
    beside: { keys: ['Mod+\\'], label: text.window.beside },
    diffs: { keys: ['Mod+U'], label: text.window.diffs },
    settings: { keys: ['Mod+,'], label: text.window.settings },
    zoomIn: { keys: ['Mod++', 'Mod+='], label: text.window.zoomIn },
    zoomOut: { keys: ['Mod+-'], label: text.window.zoomOut },
    actualSize: { keys: ['Mod+0'], label: text.window.actualSize },
    quit: { keys: ['Mod+Q'], label: text.window.quit },
    next: { keys: ['F6'], label: text.window.next },
    previous: { keys: ['Shift+F6'], label: text.window.previous },
    stop: { keys: ['Escape'], label: text.window.stop },
  },
  decision: {
    approve: { keys: ['A'], label: text.decision.approve },
    session: { keys: ['S'], label: text.decision.session },
    grant: { keys: ['G'], label: text.decision.grant },
    preview: { keys: ['P'], label: text.decision.preview },
    output: { keys: ['U'], label: text.decision.output },
    back: { keys: ['B'], label: text.decision.back },
    deny: { keys: ['D'], label: text.decision.deny },
    open: { keys: ['R', 'Enter'], label: text.decision.open },
    model: { keys: ['M'], label: text.decision.model },
  },
  review: {
    next: { keys: ['J'], label: text.review.next },
    previous: { keys: ['K'], label: text.review.previous },
    unread: { keys: ['N'], label: text.review.unread },
    nextFile: { keys: [']'], label: text.review.nextFile },
    previousFile: { keys: ['['], label: text.review.previousFile },
    check: { keys: ['Space'], label: text.review.check },
    viewed: { keys: ['V'], label: text.review.viewed },
    edit: { keys: ['E'], label: text.review.edit },
    comment: { keys: ['C'], label: text.review.comment },
    down: { keys: ['ArrowDown'], label: text.review.down },
    up: { keys: ['ArrowUp'], label: text.review.up },
    extendDown: { keys: ['Shift+ArrowDown'], label: text.review.extendDown },
    extendUp: { keys: ['Shift+ArrowUp'], label: text.review.extendUp },
    leaveOut: { keys: ['X'], label: text.review.leaveOut },
    split: { keys: ['T'], label: text.review.split },
    why: { keys: ['W'], label: text.review.why },
    open: { keys: ['L'], label: text.review.open },
    copyPatch: { keys: ['P'], label: text.review.copyPatch },
    revert: { keys: ['Z'], label: text.review.revert },
    whiteSpace: { keys: ['I'], label: text.review.whiteSpace },
    unfold: { keys: ['Enter'], label: text.review.unfold },
    filter: { keys: ['/'], label: text.review.filter },
  },
  inbox: {
    next: { keys: ['Mod+ArrowDown'], label: text.inbox.next },
    previous: { keys: ['Mod+ArrowUp'], label: text.inbox.previous },
    open: { keys: ['O'], label: text.inbox.open },
  },
  writing: {
    leave: { keys: ['Escape'], label: text.writing.leave },
  },
  hunk: {
    line: { keys: ['Enter'], label: text.hunk.line },
    indent: { keys: ['Tab'], label: text.hunk.indent },
    outdent: { keys: ['Shift+Tab'], label: text.hunk.outdent },
    undo: { keys: ['Mod+Z'], label: text.hunk.undo },
    redo: { keys: ['Mod+Shift+Z', 'Mod+Y'], label: text.hunk.redo },
    leave: { keys: ['Escape'], label: text.hunk.leave },
  },
  commit: {
    commit: { keys: ['Mod+Enter'], label: text.commit.commit },
  },
  prompt: {
    send: { keys: ['Enter'], label: text.prompt.send },
    queue: { keys: ['Mod+Enter'], label: text.prompt.queue },
    aside: { keys: ['Mod+Shift+Enter'], label: text.prompt.aside },
    line: { keys: ['Shift+Enter'], label: text.prompt.line },
    older: { keys: ['ArrowUp'], label: text.prompt.older },
    newer: { keys: ['ArrowDown'], label: text.prompt.newer },
  },
  side: {
    leave: { keys: ['Escape'], label: text.side.leave },
  },
  editing: {
    send: { keys: ['Mod+Enter'], label: text.editing.send },
    leave: { keys: ['Escape'], label: text.editing.leave },
  },
  files: {
    next: { keys: ['ArrowDown'], label: text.files.next },
    previous: { keys: ['ArrowUp'], label: text.files.previous },
    take: { keys: ['Enter', 'Tab'], label: text.files.take },
    leave: { keys: ['Escape'], label: text.files.leave },
  },
  conversation: {
    start: { keys: ['Home'], label: text.conversation.start },
    end: { keys: ['End'], label: text.conversation.end },
    up: { keys: ['PageUp'], label: text.conversation.up },
    down: { keys: ['PageDown'], label: text.conversation.down },
  },
  find: {
    next: { keys: ['Enter'], label: text.find.next },
    previous: { keys: ['Shift+Enter'], label: text.find.previous },
    leave: { keys: ['Escape'], label: text.find.leave },
  },
  palette: {
    next: { keys: ['ArrowDown'], label: text.palette.next },
    previous: { keys: ['ArrowUp'], label: text.palette.previous },
    first: { keys: ['Home'], label: text.palette.first },
    last: { keys: ['End'], label: text.palette.last },
    take: { keys: ['Enter'], label: text.palette.take },
  },
} as const satisfies Record<string, Record<string, Shortcut>>;

/** A part of the window, or a mode of it, with shortcuts of its own. */
export type ShortcutScope = keyof typeof SHORTCUTS;

/** Handlers of every shortcut of a scope: none can be listed and not handled. */
type Handlers<S extends ShortcutScope> = Record<keyof (typeof SHORTCUTS)[S], (event: KeyboardEvent) => unknown>;

/** Runs the handler of a pressed shortcut, and reports whether there was one. A handler that returns `false` leaves the key to
 *  others. */
export function press<S extends ShortcutScope>(event: KeyboardEvent, scope: S, handlers: Handlers<S>): boolean {
  if (isComposing(event)) return false;
  const shortcuts: Record<string, Shortcut> = SHORTCUTS[scope];
  for (const [name, { keys }] of Object.entries(shortcuts)) {
    if (!keys.some((key) => matchesKey(event, key, onMac))) continue;
    if (handlers[name as keyof Handlers<S>](event) === false) return false;
    event.preventDefault();
    return true;
  }
  return false;
}

/** Reports whether an input method composes: its keys are its own then. Some engines say so by the code 229 alone. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

type PressedKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'> &
  Partial<Pick<KeyboardEvent, 'code'>>;

/** Reports whether the pressed key is the shortcut's, with its modifiers and no others. */
export function matchesKey(event: PressedKey, shortcut: string, mac: boolean): boolean {
  const held = split(shortcut);
  const name = held.pop() ?? '';
  const [mod, other] = mac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (mod !== held.includes('Mod') || other || event.altKey) return false;
  // a sign or a digit stands where the layout has it, with Shift or without
  if (!isSign(name) && event.shiftKey !== held.includes('Shift')) return false;
  // WebKitGTK names Shift+Tab as X does, or not at all
  if (name === 'Tab' && event.code === 'Tab') return true;
  return event.key.toLowerCase() === (name === 'Space' ? ' ' : name.toLowerCase());
}

function isSign(name: string): boolean {
  return name.length === 1 && !/[a-z]/i.test(name);
}

/** Splits a shortcut into its keys, the last of which may be the plus sign. */
function split(shortcut: string): string[] {
  return shortcut.split(/\+(?=.)/);
}

export const onMac = typeof navigator !== 'undefined' && /^Mac/.test(navigator.platform);

const CAPS: Record<string, string> = {
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
};

/** Returns the caps of a shortcut's keys, as the keyboard names them. */
export function caps(shortcut: string, mac: boolean = onMac): string[] {
  return split(shortcut).map((name) => {
    if (name === 'Mod') return mac ? '⌘' : 'Ctrl';
    if (name === 'Shift' && mac) return '⇧';
    return CAPS[name] ?? name;
  });
}

/** Returns a shortcut's first key for display beside its action. */
export function hint(shortcut: Shortcut): string {
  return caps(shortcut.keys[0] ?? '').join(' ');
}

/** Returns a shortcut's keys for `aria-keyshortcuts`. */
export function ariaKeys(shortcut: Shortcut): string {
  const named = (key: string) => (key === 'Mod' ? (onMac ? 'Meta' : 'Control') : key === '+' ? 'Plus' : key);
  return shortcut.keys.map((keys) => split(keys).map(named).join('+')).join(' ');
}
