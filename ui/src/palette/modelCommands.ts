import Bot from '@lucide/svelte/icons/bot';
import type { ProviderView } from '../bindings';
import type { App } from '../state/app.svelte';
import { actions } from '../strings/actions';
import { palette as text } from '../strings/palette';
import type { Command } from './command';

const { also } = text;

/** Returns a command for each model that can answer now. Others are chosen in the settings, which say what they lack. */
export function modelCommands(app: App): Command[] {
  const now = app.settings.values;
  const ready = (provider: ProviderView) =>
    provider.local ? provider.reachable : provider.key_source !== 'missing';
  return app.providers.list.filter(ready).flatMap((provider) =>
    provider.models
      .filter((model) => model !== now?.model || provider.key !== now.provider)
      .map(
        (model): Command => ({
          id: `model ${provider.key} ${model}`,
          group: 'Settings',
          name: text.model(provider.practice ? text.practiceModel : model),
          detail: provider.practice ? text.practiceDetail : text.modelDetail(provider.name),
          also: also.model(provider.name),
          icon: Bot,
          rare: true,
          run: () => useModel(app, provider, model),
        }),
      ),
  );
}

/** Makes a model the one of new sessions, and offers to undo that. */
async function useModel({ settings, toasts }: App, provider: ProviderView, model: string): Promise<void> {
  const before = settings.values;
  if (!before || !(await settings.save({ provider: provider.key, model }))) return;
  const name = provider.practice ? text.practiceChosen : text.modelOf(model, provider.name);
  toasts.info(text.modelChosen(name), {
    label: actions.undo,
    run: () => void settings.save({ provider: before.provider, model: before.model }),
  });
}
