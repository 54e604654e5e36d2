import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Font size of the root, in pixels: one `rem`. */
const ROOT_PX = Number(/--size-body: (\d+)px/.exec(readFileSync(new URL('src/app.css', import.meta.url), 'utf8'))?.[1]);

/** Writes the pixels of container queries as `rem`. WebKit compares pixels to the zoomed width of the container, so that a window at
 *  150 % would keep its wide layouts in narrow places; `rem` it zooms on both sides. */
const containerQueries = {
  postcssPlugin: 'container-queries',
  AtRule: {
    container(rule: { params: string }) {
      rule.params = rule.params.replace(/(\d+)px/g, (_, px: string) => `${Number(px) / ROOT_PX}rem`);
    },
  },
};

export default defineConfig({
  plugins: [svelte()],
  // Relative addresses, so that the same files serve under Tauri's protocol and under any test host.
  base: './',
  css: { postcss: { plugins: [containerQueries] } },
  build: {
    target: ['safari17.5', 'chrome123'],
    // Inlined fonts and pictures would be data: addresses, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { port: 5173, strictPort: true },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
