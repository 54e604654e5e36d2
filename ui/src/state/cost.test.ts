import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../e2e/fixture/data';
import type { ProviderView } from '../bindings';
import { dollars } from '../strings/format';
import { costOf } from './cost';

const used = { input_tokens: 1_000_000, cached_input_tokens: 400_000, output_tokens: 50_000, reasoning_output_tokens: 10_000 };
const of = (key: string, change: Partial<ProviderView> = {}) => {
  const provider = PROVIDERS.find((each) => each.key === key);
  if (!provider) throw new Error(`no provider ${key}`);
  return { ...provider, ...change };
};

describe('a cost', () => {
  test('counts cached tokens at their own price', () => {
    const prices = { big: { input: 1_250_000, cached_input: 125_000, output: 10_000_000 } };
    expect(costOf(used, of('openai', { prices }), 'big')).toEqual({ type: 'sum', millionths: 750_000 + 50_000 + 500_000 });
  });

  test('is unknown without a price, and nothing on this computer', () => {
    expect(costOf(used, of('openai'), 'big')).toEqual({ type: 'unknown' });
    expect(costOf(used, null, 'big')).toEqual({ type: 'unknown' });
    expect(costOf(used, of('ollama'), 'qwen3-coder:30b')).toEqual({ type: 'local' });
  });

  test.each([
    [0, '$0'],
    [40, 'under $0.0001'],
    [1_234, '$0.0012'],
    [123_456, '$0.123'],
    [12_345_678, '$12.35'],
  ])('of %i millionths is written as %s', (millionths, text) => {
    expect(dollars(millionths)).toBe(text);
  });
});
