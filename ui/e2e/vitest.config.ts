import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    // one browser at a time: what is measured is the window
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
