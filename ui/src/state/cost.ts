import type { ModelPrice, ModelUsage, ProviderView, TokenUsage } from '../bindings';

/**
 * Cost of some tokens: a sum in millionths of a dollar, with the tokens whose price isn't known beside it; nothing on this computer;
 * or not known.
 */
export type Cost = { type: 'sum'; millionths: number; unpriced: number } | { type: 'local' } | { type: 'unknown' };

/** Returns what tokens cost. Only a price that the provider lists or the person set counts. */
export function costOf(usage: readonly ModelUsage[], provider: (key: string) => ProviderView | null): Cost {
  let millionths = 0;
  let unpriced = 0;
  let priced = false;
  let local = false;
  for (const { provider: key, model, tokens } of usage) {
    const by = provider(key);
    const price = by?.prices?.[model];
    if (price) {
      priced = true;
      millionths += sum(tokens, price);
    } else if (by?.local) local = true;
    else unpriced += total(tokens);
  }
  if (priced) return { type: 'sum', millionths, unpriced };
  return local && unpriced === 0 ? { type: 'local' } : { type: 'unknown' };
}

/** Returns the tokens sent and received. */
export function total(tokens: TokenUsage): number {
  return tokens.input_tokens + tokens.output_tokens;
}

/** Returns the tokens sent and received with all models. */
export function totalOf(usage: readonly ModelUsage[]): number {
  return usage.reduce((sum, each) => sum + total(each.tokens), 0);
}

function sum(used: TokenUsage, price: ModelPrice): number {
  const cached = Math.min(used.cached_input_tokens, used.input_tokens);
  const perMillion =
    (used.input_tokens - cached) * price.input + cached * price.cached_input + used.output_tokens * price.output;
  return perMillion / 1_000_000;
}
