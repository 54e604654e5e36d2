import Columns2 from '@lucide/svelte/icons/columns-2';
import FoldVertical from '@lucide/svelte/icons/fold-vertical';
import Space from '@lucide/svelte/icons/space';
import WrapText from '@lucide/svelte/icons/wrap-text';
import type { App } from '../state/app.svelte';
import { SHORTCUTS } from '../state/shortcuts';
import { palette as text } from '../strings/palette';
import type { Command } from './command';

const { also } = text;

/** Returns the commands that change how diffs are shown. */
export function diffCommands({ layout }: App): Command[] {
  return [
    {
      id: 'diffs',
      group: 'Window',
      ...{ name: layout.sideBySide ? text.unified : text.split, also: also.diffs, icon: Columns2 },
      shortcut: SHORTCUTS.window.diffs,
      run: () => (layout.sideBySide = !layout.sideBySide),
    },
    {
      id: 'white space',
      group: 'Window',
      ...{ name: layout.ignoreWhiteSpace ? text.showWhiteSpace : text.ignoreWhiteSpace, also: also.whiteSpace, icon: FoldVertical },
      shortcut: SHORTCUTS.review.whiteSpace,
      rare: true,
      run: () => (layout.ignoreWhiteSpace = !layout.ignoreWhiteSpace),
    },
    {
      id: 'wrap',
      group: 'Window',
      ...{ name: layout.wrapDiffs ? text.unwrap : text.wrap, also: also.wrap, icon: WrapText },
      rare: true,
      run: () => (layout.wrapDiffs = !layout.wrapDiffs),
    },
    {
      id: 'spaces',
      group: 'Window',
      ...{ name: layout.drawSpaces ? text.hideSpaces : text.drawSpaces, also: also.spaces, icon: Space },
      rare: true,
      run: () => (layout.drawSpaces = !layout.drawSpaces),
    },
  ];
}
