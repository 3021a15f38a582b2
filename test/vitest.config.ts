import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';
import { LongFirst } from './support/long-first.ts';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/in-memory.ts'],
    setupFiles: ['test/support/nothing-told.ts'],
    // Slow by nature; a step of their own: npm run soak.
    exclude: [...configDefaults.exclude, 'test/soak/**'],
    // A hook may do for all tests of a file what each would do.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    pool: 'threads',
    // No module of ours holds state (test/architecture.test.ts), so files may share what is loaded: a third of the time.
    isolate: false,
    // One more than there are CPUs: while a test waits for a process or a clock, another one runs.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongFirst },
    // A run after the first compiles only what has changed.
    experimental: { fsModuleCache: true },
  },
});
