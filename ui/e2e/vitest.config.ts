import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    // one browser at a time: what is measured is the window
    fileParallelism: false,
    // of tests that allow it, so many pages at a time: more make two cores no faster
    maxConcurrency: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // a busy machine is slow, not wrong
    expect: { poll: { timeout: 20_000, interval: 25 } },
  },
});
