import type { ProviderView } from '../bindings';
import type { StatusTone } from '../parts/StatusText.svelte';
import { settings } from '../strings/settings';

/** Returns the host of a provider's address, with its port if it has one. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** Says whether a provider can answer, and why. */
export function statusOf(provider: ProviderView): { text: string; tone: StatusTone } {
  const { status } = settings.model;
  if (provider.practice) return { text: status.practice, tone: 'good' };
  if (provider.local && provider.problem) return { text: status.noModels, tone: 'warn' };
  if (provider.local) {
    return provider.reachable
      ? { text: status.running, tone: 'good' }
      : { text: status.notRunning, tone: 'plain' };
  }
  switch (provider.key_source) {
    case 'keychain':
      return { text: status.keychain, tone: 'good' };
    case 'environment':
      return { text: status.environment(provider.env_key), tone: 'good' };
    case 'session':
      return { text: status.session, tone: 'good' };
    case 'not_needed':
      return { text: status.notNeeded, tone: 'good' };
    case 'missing':
      return { text: status.missing, tone: 'warn' };
  }
}
