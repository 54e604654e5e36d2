import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../e2e/fixture/data';
import type { ModelUsage, ProviderView } from '../bindings';
import { dollars } from '../strings/format';
import { usage as text } from '../strings/usage';
import { costOf } from './cost';

const tokens = { input_tokens: 1_000_000, cached_input_tokens: 400_000, output_tokens: 50_000, reasoning_output_tokens: 10_000 };
const used = (provider: string, model: string): ModelUsage => ({ provider, model, tokens });
const prices = { big: { input: 1_250_000, cached_input: 125_000, output: 10_000_000 } };
const find = (key: string): ProviderView | null => {
  const provider = PROVIDERS.find((each) => each.key === key);
  if (!provider) return null;
  return key === 'openai' ? { ...provider, prices } : provider;
};

describe('a cost', () => {
  test('counts cached tokens at their own price', () => {
    expect(costOf([used('openai', 'big')], find)).toEqual({ type: 'sum', millionths: 1_300_000, unpriced: 0 });
  });

  test('is unknown without a price, and nothing on this computer', () => {
    expect(costOf([used('openai', 'small')], find)).toEqual({ type: 'unknown' });
    expect(costOf([used('nobody', 'big')], find)).toEqual({ type: 'unknown' });
    expect(costOf([used('ollama', 'qwen3-coder:30b')], find)).toEqual({ type: 'local' });
    expect(costOf([used('ollama', 'qwen3-coder:30b'), used('openai', 'small')], find)).toEqual({ type: 'unknown' });
  });

  test('says which part of it is not known', () => {
    const cost = costOf([used('openai', 'big'), used('openai', 'small'), used('ollama', 'x')], find);
    expect(cost).toEqual({ type: 'sum', millionths: 1_300_000, unpriced: 1_050_000 });
    expect(text.cost(cost)).toBe('$1.30 and 1.1M tokens of unknown price');
    expect(text.cost({ type: 'unknown' })).toBe('unknown');
  });

  test('of a server on this computer that lists prices is a sum', () => {
    const proxy = (key: string) => ({ ...(find(key) as ProviderView), local: true, prices });
    expect(costOf([used('ollama', 'big')], proxy).type).toBe('sum');
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
