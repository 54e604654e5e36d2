import { describe, expect, test } from 'vitest';
import { ariaKeys, caps, matchesKey, press, SHORTCUTS } from './shortcuts';

const key = (name: string, held: { ctrl?: true; meta?: true; alt?: true; shift?: true } = {}) => ({
  key: name,
  ctrlKey: held.ctrl ?? false,
  metaKey: held.meta ?? false,
  altKey: held.alt ?? false,
  shiftKey: held.shift ?? false,
});

describe('a key', () => {
  test.each([
    ['Ctrl and K', key('k', { ctrl: true }), 'Mod+K', true],
    ['the same with caps lock on', key('K', { ctrl: true }), 'Mod+K', true],
    ['K alone', key('k'), 'Mod+K', false],
    ['one more held', key('k', { ctrl: true, shift: true }), 'Mod+K', false],
    ['AltGr, as Windows and some desktops say it', key('k', { ctrl: true, alt: true }), 'Mod+K', false],
    ['a letter with Ctrl, where it stands alone', key('a', { ctrl: true }), 'A', false],
    ['a capital, where a letter stands alone', key('A', { shift: true }), 'A', false],
    ['a sign that needs Shift', key('?', { shift: true }), '?', true],
    ['a sign that needs none', key('?'), '?', true],
    ['a named key', key('F6', { shift: true }), 'Shift+F6', true],
    ['the same without', key('F6'), 'Shift+F6', false],
    ['Shift and Tab', key('Tab', { shift: true }), 'Shift+Tab', true],
    ['the same as WebKitGTK says it', { ...key('Unidentified', { shift: true }), code: 'Tab' }, 'Shift+Tab', true],
    ['that without Shift', { ...key('Unidentified', { shift: true }), code: 'Tab' }, 'Tab', false],
    ['the space bar', key(' '), 'Space', true],
    ['the plus sign, which needs Shift', key('+', { ctrl: true, shift: true }), 'Mod++', true],
    ['the plus sign of the number pad', key('+', { ctrl: true }), 'Mod++', true],
    ['the plus sign without Ctrl', key('+'), 'Mod++', false],
    ['the equals sign', key('=', { ctrl: true }), 'Mod+=', true],
    ['a digit that needs Shift, as in France', key('0', { ctrl: true, shift: true }), 'Mod+0', true],
  ])('%s', (_what, pressed, shortcut, matches) => {
    expect(matchesKey(pressed, shortcut, false)).toBe(matches);
  });

  test('is held with Cmd on a Mac, where Ctrl belongs to the text fields', () => {
    expect(matchesKey(key('k', { meta: true }), 'Mod+K', true)).toBe(true);
    expect(matchesKey(key('k', { ctrl: true }), 'Mod+K', true)).toBe(false);
    expect(matchesKey(key('k', { meta: true }), 'Mod+K', false)).toBe(false);
    expect(caps('Mod+Shift+F', true)).toEqual(['⌘', '⇧', 'F']);
    expect(caps('Mod+Shift+F', false)).toEqual(['Ctrl', 'Shift', 'F']);
  });

  test('may be the plus sign', () => {
    expect(caps('Mod++', false)).toEqual(['Ctrl', '+']);
    expect(ariaKeys(SHORTCUTS.window.zoomIn)).toBe('Control+Plus Control+=');
  });

  test('that its handler leaves alone does what it does otherwise', () => {
    const done: string[] = [];
    const event = (name: string) => {
      const pressed = { ...key(name), preventDefault: () => done.push('prevented') };
      return pressed as unknown as KeyboardEvent;
    };
    const handlers = {
      send: () => done.push('sent'),
      queue: () => false,
      aside: () => false,
      line: () => false,
      older: () => false,
      newer: () => false,
    };
    expect(press(event('ArrowUp'), 'prompt', handlers)).toBe(false);
    expect(press(event('x'), 'prompt', handlers)).toBe(false);
    expect(done).toEqual([]);
    expect(press(event('Enter'), 'prompt', handlers)).toBe(true);
    expect(done).toEqual(['sent', 'prevented']);
  });

  test('means one thing in a scope', () => {
    for (const [scope, shortcuts] of Object.entries(SHORTCUTS)) {
      const keys = Object.values(shortcuts).flatMap(({ keys }) => keys as readonly string[]);
      expect(new Set(keys).size, scope).toBe(keys.length);
    }
  });
});
