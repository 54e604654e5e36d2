import AppWindow from '@lucide/svelte/icons/app-window';
import Bell from '@lucide/svelte/icons/bell';
import Bot from '@lucide/svelte/icons/bot';
import Gauge from '@lucide/svelte/icons/gauge';
import Info from '@lucide/svelte/icons/info';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Palette from '@lucide/svelte/icons/palette';
import Plug from '@lucide/svelte/icons/plug';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import type { CloseAction, Settings, Theme } from '../bindings';
import type { Choice } from '../parts/Choices.svelte';
import type { SettingsPage } from '../state/dialogs.svelte';
import { closing } from '../strings/closing';
import { settings as text } from '../strings/settings';

const page = (value: SettingsPage, icon: typeof Bell) => ({ value, icon, ...text.pages[value] });

/** Pages of the settings. `also` lists what else is on a page, and finds it in the palette. */
export const PAGES = [
  page('model', Bot),
  page('approval', ShieldCheck),
  page('rules', ListChecks),
  page('mcp', Plug),
  page('usage', Gauge),
  page('appearance', Palette),
  page('notifications', Bell),
  page('background', AppWindow),
  page('about', Info),
];

const THEME_VALUES: Theme[] = ['system', 'light', 'dark'];

/** Themes of the window. */
export const THEMES: Choice<Theme>[] = THEME_VALUES.map((value) => ({
  value,
  ...text.appearance.themes[value],
}));

const CLOSE_ACTION_VALUES: CloseAction[] = ['ask', 'keep_running', 'quit'];

/** Effects of closing the window while agents are at work. */
export const CLOSE_ACTIONS: Choice<CloseAction>[] = CLOSE_ACTION_VALUES.map((value) => ({
  value,
  ...closing.settings.choices[value],
}));

const EFFORT_VALUES: Settings['reasoning_effort'][] = [
  null,
  'none',
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
];

/** Reasoning efforts, the model's default first. */
export const EFFORTS = EFFORT_VALUES.map((value) => ({
  value,
  name: text.model.efforts[value ?? 'default'],
}));
