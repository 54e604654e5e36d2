import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Host } from '../host/host';
import { Toasts } from './toasts.svelte';
import { Zoom } from './zoom.svelte';

const saved = new Map<string, string>();
vi.stubGlobal('localStorage', {
  getItem: (key: string) => saved.get(key) ?? null,
  setItem: (key: string, value: string) => saved.set(key, value),
  removeItem: (key: string) => saved.delete(key),
});

function zoomed(solo: string | null = null) {
  const toasts = new Toasts();
  const shown: number[] = [];
  const host = { zoom: (factor: number) => Promise.resolve(void shown.push(factor)) } as Partial<Host> as Host;
  return { zoom: new Zoom(host, toasts, solo), toasts, shown };
}

beforeEach(() => saved.clear());

describe('zoom', () => {
  test('has the steps of browsers, and ends with the first and the last', () => {
    const { zoom, shown } = zoomed();
    const steps = (go: () => void) =>
      Array.from({ length: 6 }, () => {
        go();
        return zoom.percent;
      });
    expect(steps(() => zoom.in())).toEqual([110, 125, 150, 175, 200, 200]);
    expect(zoom.canGrow).toBe(false);
    zoom.reset();
    expect(zoom.isActual).toBe(true);
    expect(steps(() => zoom.out())).toEqual([90, 80, 75, 67, 50, 50]);
    expect(zoom.canShrink).toBe(false);
    expect(shown.slice(0, 3)).toEqual([1.1, 1.25, 1.5]);
  });

  test('is said once, however often a key is pressed', () => {
    const { zoom, toasts } = zoomed();
    const kept = toasts.info('Copied');
    for (let press = 0; press < 3; press += 1) zoom.in();
    expect(toasts.list.map((each) => each.message)).toEqual(['Copied', 'Zoom: 150%']);
    toasts.dismiss(kept);
  });

  test('is remembered, by window', () => {
    zoomed().zoom.in();
    const own = zoomed('s1');
    expect(own.zoom.percent).toBe(100);
    expect(own.shown).toEqual([]);
    own.zoom.out();
    const again = zoomed();
    expect(again.zoom.percent).toBe(110);
    expect(again.shown).toEqual([1.1]);
    expect(again.toasts.list).toEqual([]);
    again.zoom.reset();
    expect([...saved]).toEqual([['zoom s1', '90']]);
  });

  test.each([
    ['no number', 'large', 100],
    ['a size between two steps', '160', 150],
    ['a size beyond the last', '900', 200],
  ])('takes %s for a step', (_what, text, percent) => {
    saved.set('zoom', text);
    expect(zoomed().zoom.percent).toBe(percent);
  });

  test('that fails says why', async () => {
    const toasts = new Toasts();
    const host = { zoom: () => Promise.reject({ message: 'no such page', hint: null }) } as Partial<Host> as Host;
    new Zoom(host, toasts, null).in();
    await vi.waitFor(() => expect(toasts.list.map((each) => each.message)).toContain('no such page'));
  });
});
