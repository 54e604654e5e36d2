import { describe, expect, test } from 'vitest';
import { dropZones, zoneAt } from './sessionDrag.svelte';

const AREA = { left: 200, top: 10, width: 800, height: 500 };

describe('a dragged session', () => {
  test('comes up in the right half beside one that is shown, wherever in the main area it is dropped', () => {
    const zones = dropZones(AREA, { main: 's1', beside: null }, false, 's2');
    expect(zones).toEqual([{ side: 'beside', alone: false, left: 600, top: 10, width: 400, height: 500 }]);
    expect(zoneAt(zones, AREA, 250, 100, false)?.side).toBe('beside');
    expect(zoneAt(zones, AREA, 100, 100, false)).toBeNull();
    expect(zoneAt(zones, AREA, 250, 600, false)).toBeNull();
  });

  test('takes the place of one of two', () => {
    const zones = dropZones(AREA, { main: 's1', beside: 's2' }, true, 's3');
    expect(zoneAt(zones, AREA, 250, 100, true)?.side).toBe('main');
    expect(zoneAt(zones, AREA, 900, 100, true)?.side).toBe('beside');
    expect(zoneAt(zones, AREA, 100, 100, true)).toBeNull();
  });

  test('has no place where it is shown already', () => {
    expect(dropZones(AREA, { main: 's1', beside: null }, false, 's1')).toEqual([]);
    const zones = dropZones(AREA, { main: 's1', beside: 's2' }, true, 's1');
    expect(zones.map(({ side }) => side)).toEqual(['beside']);
    expect(zoneAt(zones, AREA, 250, 100, true)).toBeNull();
  });

  test('has the whole main area while nothing is shown there', () => {
    const zones = dropZones(AREA, { main: null, beside: null }, false, 's1');
    expect(zones).toEqual([{ side: 'main', alone: true, ...AREA }]);
  });
});
