import { defineConfig } from 'vitest/config';

const common = {
  root: new URL('..', import.meta.url).pathname,
  environment: 'node',
  // pages of one file at a time, where its tests allow it
  maxConcurrency: 2,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // a busy machine is slow, not wrong
  expect: { poll: { timeout: 20_000, interval: 25 } },
};

export default defineConfig({
  test: {
    projects: [
      // each page has a host of its own, and most of the time waits for the person or the host
      {
        test: {
          ...common,
          name: 'window',
          include: ['e2e/window/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // all pages talk to one host
      {
        test: {
          ...common,
          name: 'app',
          include: ['e2e/app/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
