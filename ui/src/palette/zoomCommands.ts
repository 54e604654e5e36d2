import RotateCcw from '@lucide/svelte/icons/rotate-ccw';
import ZoomIn from '@lucide/svelte/icons/zoom-in';
import ZoomOut from '@lucide/svelte/icons/zoom-out';
import type { App } from '../state/app.svelte';
import { SHORTCUTS } from '../state/shortcuts';
import { palette as text } from '../strings/palette';
import type { Command } from './command';

const { window: keys } = SHORTCUTS;

/** Commands that change the size of everything in the window. */
export function zoomCommands({ zoom }: App): Command[] {
  const common = { group: 'Window', also: text.also.zoom } as const;
  return [
    ...(zoom.canGrow
      ? [{ ...common, id: 'zoom in', name: text.zoomIn, icon: ZoomIn, shortcut: keys.zoomIn, run: () => zoom.in() }]
      : []),
    ...(zoom.canShrink
      ? [{ ...common, id: 'zoom out', name: text.zoomOut, icon: ZoomOut, shortcut: keys.zoomOut, run: () => zoom.out() }]
      : []),
    ...(zoom.isActual
      ? []
      : [
          {
            ...common,
            id: 'zoom reset',
            name: text.actualSize,
            detail: text.percent(zoom.percent),
            icon: RotateCcw,
            shortcut: keys.actualSize,
            run: () => zoom.reset(),
          },
        ]),
  ];
}
