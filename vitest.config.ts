import { defineConfig } from 'vitest/config';

/** GitHub's parser imports JSON in a way that only bundlers accept; let vite transform it. */
const server = { deps: { inline: [/@actions\//] } };

/**
 * Rings with real servers get a second try in CI, where a neighbour's load may break a connection; a
 * test that needed it is shown as retried, and is a bug to look at.
 */
const retry = process.env['CI'] === undefined ? 0 : 1;

/** One project per test ring; CONTRIBUTING.md says what each may touch. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.mjs'],
          server,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.itest.ts'],
          testTimeout: 60_000,
          retry,
          hookTimeout: 120_000,
          fileParallelism: false,
          server,
        },
      },
      {
        test: {
          name: 'scenario',
          include: ['test/scenario/**/*.scenario.ts'],
          testTimeout: 120_000,
          retry,
          hookTimeout: 120_000,
          fileParallelism: false,
          server,
        },
      },
      {
        test: {
          name: 'corpus',
          include: ['test/corpus/*.test.ts'],
          testTimeout: 60_000,
          retry,
          hookTimeout: 60_000,
          maxConcurrency: 3,
          server,
        },
      },
    ],
  },
});
