import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/soak/**/*.test.ts'],
    testTimeout: 120_000,
    // One after the other: each wants the machine for itself, and says what it saw.
    fileParallelism: false,
    reporters: ['verbose'],
  },
});
