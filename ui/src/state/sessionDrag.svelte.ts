import type { SessionSummary } from '../bindings';
import type { Side } from './sessions.svelte';

/** Distance in pixels from which a press that moves is a drag. */
const LEAST_PX = 6;

/** Place in the main area where a dragged session can be dropped. */
export interface DropZone {
  side: Side;
  /** Whether there is no other session in the main area: it is shown alone. */
  alone: boolean;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A session that is dragged out of the list by the pointer, to be shown in the main area. */
export class SessionDrag {
  session = $state.raw<SessionSummary | null>(null);
  /** Place of the pointer in the window. */
  at = $state.raw({ x: 0, y: 0 });
  /** Called with a session that is dropped, at the place where the pointer is. */
  onDrop: ((session: SessionSummary) => void) | null = null;
  #end: (() => void) | null = null;

  /** Begins with a press on a session: once the pointer has moved with it, the session is dragged. */
  press(event: PointerEvent, session: SessionSummary): void {
    this.cancel();
    if (event.button !== 0 || event.pointerType === 'touch') return;
    const { clientX, clientY } = event;
    const listening = new AbortController();
    const { signal } = listening;
    this.#end = () => listening.abort();
    const moved = ({ buttons, clientX: x, clientY: y }: PointerEvent) => {
      if (buttons === 0) return this.cancel();
      if (this.session === null && Math.hypot(x - clientX, y - clientY) < LEAST_PX) return;
      this.at = { x, y };
      this.session = session;
    };
    const released = ({ clientX: x, clientY: y }: PointerEvent) => {
      if (this.session !== null) {
        this.at = { x, y };
        this.onDrop?.(this.session);
      }
      this.cancel();
    };
    addEventListener('pointermove', moved, { signal });
    addEventListener('pointerup', released, { signal });
    addEventListener('pointercancel', () => this.cancel(), { signal });
    addEventListener('blur', () => this.cancel(), { signal });
  }

  /** Leaves the session where it is. */
  cancel(): void {
    this.#end?.();
    this.#end = null;
    this.session = null;
  }
}

/** Returns the zones for a session: each of two places, or the half that it would come up in. None where it is shown already. */
export function dropZones(
  area: Pick<DOMRect, 'left' | 'top' | 'width' | 'height'>,
  shown: Record<Side, string | null>,
  split: boolean,
  session: string,
): DropZone[] {
  const { left, top, width, height } = area;
  const half = width / 2;
  if (shown.main === null && !split) return [{ side: 'main', alone: true, left, top, width, height }];
  const both: DropZone[] = [
    { side: 'main', alone: false, left, top, width: half, height },
    { side: 'beside', alone: false, left: left + half, top, width: half, height },
  ];
  if (split) return both.filter(({ side }) => shown[side] !== session);
  return shown.main === session ? [] : both.filter(({ side }) => side === 'beside');
}

/** Returns the zone that a session is dropped in: of one, wherever in the area the pointer is. */
export function zoneAt(
  zones: readonly DropZone[],
  area: Pick<DOMRect, 'left' | 'top' | 'width' | 'height'>,
  x: number,
  y: number,
  split: boolean,
): DropZone | null {
  const isIn = ({ left, top, width, height }: typeof area) =>
    x >= left && x < left + width && y >= top && y < top + height;
  if (!split) return (isIn(area) && zones[0]) || null;
  return zones.find(isIn) ?? null;
}
