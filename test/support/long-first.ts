// The order of test files: those that start processes first, as a long file at the end would leave the other CPU without work.

import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const startsProcesses = /support\/(cli-child|serving|package|postgres|program)\.ts'/;

export class LongFirst extends BaseSequencer {
  /** As vitest would, within the two groups. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = new Set(sorted.filter(({ moduleId }) => startsProcesses.test(readFileSync(moduleId, 'utf8'))));
    return [...long, ...sorted.filter((file) => !long.has(file))];
  }
}
