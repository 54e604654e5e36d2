import { expect, test } from 'vitest';
import { Layers, type LayerKind } from './layers.svelte';

/** A stack of layers that note in `closed` when they are closed, and go. */
function stack(...kinds: LayerKind[]) {
  const layers = new Layers();
  const closed: LayerKind[] = [];
  for (const kind of kinds) {
    const remove = layers.push({
      kind,
      close: () => {
        closed.push(kind);
        remove();
      },
    });
  }
  return { layers, closed };
}

test('the layer opened last is closed first', () => {
  const { layers, closed } = stack('panel', 'dialog', 'popover');
  expect([layers.closeTop(), layers.closeTop(), layers.closeTop(), layers.closeTop()]).toEqual([true, true, true, false]);
  expect(closed).toEqual(['popover', 'dialog', 'panel']);
});

test('a layer that stays open keeps Escape to itself', () => {
  const layers = new Layers();
  layers.push({ kind: 'panel', close: () => expect.unreachable() });
  layers.push({ kind: 'dialog', close: () => undefined });
  expect([layers.closeTop(), layers.closeTop()]).toEqual([true, true]);
  expect(layers.top?.kind).toBe('dialog');
});

test('a layer below the top can go by itself', () => {
  const layers = new Layers();
  const remove = layers.push({ kind: 'popover', close: () => undefined });
  layers.push({ kind: 'dialog', close: () => undefined });
  remove();
  expect([layers.count('popover'), layers.top?.kind]).toEqual([0, 'dialog']);
});

test('layers of one kind are closed together', () => {
  const { layers, closed } = stack('popover', 'dialog', 'popover');
  layers.closeAll('popover');
  expect(closed).toEqual(['popover', 'popover']);
  expect(layers.top?.kind).toBe('dialog');
});

test.each<[LayerKind, { modal: boolean; floating: boolean }]>([
  ['dialog', { modal: true, floating: true }],
  ['menu', { modal: true, floating: true }],
  ['popover', { modal: false, floating: true }],
  ['list', { modal: false, floating: true }],
  ['panel', { modal: false, floating: false }],
])('a %s takes the keys it should', (kind, expected) => {
  const { modal, floating } = stack(kind).layers;
  expect({ modal, floating }).toEqual(expected);
});
