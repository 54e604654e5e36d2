import Bell from '@lucide/svelte/icons/bell';
import Bot from '@lucide/svelte/icons/bot';
import Info from '@lucide/svelte/icons/info';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Palette from '@lucide/svelte/icons/palette';
import Plug from '@lucide/svelte/icons/plug';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import type { Settings, Theme } from '../bindings';
import type { SettingsPage } from '../state/window.svelte';
import type { Choice } from './policy';

/** The pages of the settings. What else is on one is what a person may call it by. */
export const PAGES: { value: SettingsPage; name: string; about: string; icon: typeof Bell }[] = [
  { value: 'model', name: 'Model', about: 'Providers, keys, how hard it thinks', icon: Bot },
  { value: 'approval', name: 'Approvals', about: 'Policy, sandbox, trust', icon: ShieldCheck },
  { value: 'rules', name: 'Rules', about: 'Commands allowed, asked for, denied', icon: ListChecks },
  { value: 'mcp', name: 'MCP servers', about: 'Tools of others', icon: Plug },
  { value: 'appearance', name: 'Appearance', about: 'Theme, light and dark', icon: Palette },
  { value: 'notifications', name: 'Notifications', about: 'When the window is not in front', icon: Bell },
  { value: 'about', name: 'About', about: 'Version, shortcuts', icon: Info },
];

export const THEMES: Choice<Theme>[] = [
  {
    value: 'system',
    name: 'As the system does',
    explain: 'Light or dark, whichever your desktop is set to.',
  },
  { value: 'light', name: 'Light', explain: 'Dark text on white.' },
  { value: 'dark', name: 'Dark', explain: 'Light text on near black.' },
];

export const EFFORTS: { value: Settings['reasoning_effort']; name: string }[] = [
  { value: null, name: "The model's own" },
  { value: 'minimal', name: 'Minimal' },
  { value: 'low', name: 'Low' },
  { value: 'medium', name: 'Medium' },
  { value: 'high', name: 'High' },
];
