import type { PriceView, ProviderView, TokenUsage } from '../bindings';

/** Cost of some tokens: a sum in millionths of a dollar, nothing on this computer, or not known. */
export type Cost = { type: 'sum'; millionths: number } | { type: 'local' } | { type: 'unknown' };

/** Returns what tokens cost with a model of a provider. Only a price that the provider lists counts. */
export function costOf(used: TokenUsage, provider: ProviderView | null, model: string): Cost {
  if (provider?.local) return { type: 'local' };
  const price = provider?.prices?.[model];
  return price ? { type: 'sum', millionths: sum(used, price) } : { type: 'unknown' };
}

function sum(used: TokenUsage, price: PriceView): number {
  const cached = Math.min(used.cached_input_tokens, used.input_tokens);
  const perMillion =
    (used.input_tokens - cached) * price.input + cached * price.cached_input + used.output_tokens * price.output;
  return perMillion / 1_000_000;
}
