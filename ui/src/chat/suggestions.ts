import type { ProviderView } from '../bindings';

/** What one could ask for, where nothing was asked yet. The practice model knows exactly these. */
export function suggestions(provider: ProviderView | null): string[] {
  if (provider?.practice) {
    return ['Fix the failing test', 'What is in here?', 'List the TODOs', 'rename OLD to NEW'];
  }
  return [
    'What is in here?',
    'Find a bug and fix it',
    'Write a test for what has none',
    'Explain the largest file',
  ];
}
