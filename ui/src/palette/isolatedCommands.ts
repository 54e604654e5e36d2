import Layers from '@lucide/svelte/icons/layers-2';
import LayersArrowDown from '@lucide/svelte/icons/layers-arrow-down';
import LayersPlus from '@lucide/svelte/icons/layers-plus';
import type { App } from '../state/app.svelte';
import { isolated } from '../strings/isolated';
import { palette as text } from '../strings/palette';
import type { Command } from './command';

const { also } = text;

/** Returns the commands about isolated copies of any session. */
export function isolatedCommands({ dialogs, sessions }: App): Command[] {
  const begin: Command = {
    id: 'new isolated',
    group: 'Window',
    ...{ name: isolated.newSession, help: isolated.inShort, also: also.newIsolated, icon: LayersPlus },
    run: () => sessions.startIsolated(),
  };
  const manage: Command = {
    id: 'copies',
    group: 'Window',
    ...{ name: text.copies, also: also.copies, icon: Layers },
    run: () => (dialogs.copies = true),
  };
  return sessions.opening === 'new' ? [manage] : [begin, manage];
}

/** Returns the command that brings in the changes of the shown session; none where it works in the folder itself. */
export function bringInCommand({ client, session, sessions }: App): Command[] {
  const copy = session?.view.isolated;
  if (copy === undefined) return [];
  return [
    {
      id: 'bring in',
      group: 'Session',
      ...{ name: text.bringIn, also: also.bringIn, icon: LayersArrowDown },
      run: () => client.run(() => sessions.bringIn(copy)),
    },
  ];
}
