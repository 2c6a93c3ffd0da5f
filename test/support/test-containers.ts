import { afterAll, afterEach, beforeAll } from 'vitest';
import type { JobSpec } from './job-message.ts';
import { runTestJob, type TestRun } from './run-test-job.ts';
import { type ContainerWishes, type StepContainer, startStepContainer } from './step-container.ts';

/** A short ladder, so that the tests need not wait for the official 10 s. */
const LADDER = { afterIntMs: 1_000, afterTermMs: 500 };

/** For a test file: runs jobs in one container, one after the other. */
export function jobsInOneContainer(): (spec: JobSpec) => Promise<TestRun> {
  let box: StepContainer;
  beforeAll(async () => {
    box = await startStepContainer();
  });
  afterAll(() => box?.remove());
  return (spec) => runTestJob(box.host, spec);
}

/** For a test file whose jobs spoil their container: starts one that is gone after the test. */
export function containersOfEachTest(): (wishes?: ContainerWishes) => Promise<StepContainer> {
  const boxes: StepContainer[] = [];
  afterEach(async () => {
    for (const box of boxes.splice(0)) await box.remove().catch(() => undefined);
  });
  return async (wishes = {}) => {
    const box = await startStepContainer({ ladder: LADDER, ...wishes });
    boxes.push(box);
    return box;
  };
}
