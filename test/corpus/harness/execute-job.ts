import { randomUUID } from 'node:crypto';
import { jobMessage } from '../../../src/contract/runner-protocol.ts';
import { runJob } from '../../../src/executor/run-job.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { JobResult } from '../../../src/ports/job-executor.ts';
import type { Address } from '../../../src/standin/dependencies.ts';
import { jobMessage as standinMessage } from '../../../src/standin/run-service/message.ts';
import { secretsOfJob } from '../../../src/standin/scheduler/secrets.ts';
import type { Job } from '../../../src/standin/state/model.ts';
import { variablesOf } from '../../../src/standin/state/settings.ts';
import type { Store } from '../../../src/standin/state/store.ts';
import {
  createRecordingReporter,
  type RecordingReporter,
} from '../../support/recording-reporter.ts';
import type { CorpusCase } from './case-schema.ts';
import type { Unit } from './units.ts';
import { writtenActions } from './written-actions.ts';

interface Execution {
  readonly address: Address;
  readonly unit: Unit;
  readonly clock: Clock;
  readonly cancel: AbortSignal;
  readonly onLine: (text: string) => unknown;
}

const RUNNER = { name: 'runner-1', groupName: 'Default', version: '2.336.0', machine: 'hub-1' };

/** One job of the scheduler through the real executor, in a container that is destroyed after it. */
export async function executeJob(
  store: Store,
  job: Job,
  given: CorpusCase,
  { address, unit, clock, cancel, onLine }: Execution,
): Promise<{ readonly result: JobResult; readonly reporter: RecordingReporter }> {
  const { host } = unit;
  const recording = createRecordingReporter();
  const reporter: RecordingReporter = {
    ...recording,
    line(step, text, at) {
      onLine(text);
      return recording.line(step, text, at);
    },
  };
  try {
    const workspace = `${host.paths.work}/demo/demo`;
    const files = Object.entries(given.files);
    await host.put(files.map(([path, content]) => ({ path: `${workspace}/${path}`, content })));
    const actions = writtenActions(given.actions);
    const result = await runJob(
      messageOf(store, job, given, address),
      { host, reporter, actions, clock, runner: RUNNER, newId: randomUUID },
      { cancel, shutdown: new AbortController().signal },
    );
    return { result, reporter };
  } finally {
    void unit.destroy();
  }
}

/** The message of the stand-in's run service, through the contract that the hub reads it with. */
function messageOf(store: Store, job: Job, { server }: CorpusCase, address: Address) {
  const message = standinMessage({
    job,
    accessToken: 'job.access.token',
    address,
    variables: variablesOf(store, job.run.repository, job.leg.environment?.name),
    secrets: secretsOfJob(store, job, address),
  });
  const { mask, variables } = message;
  const sent = Object.entries(server.variables).map(([name, value]) => [name, { value }]);
  return jobMessage.parse(
    JSON.parse(
      JSON.stringify({
        ...message,
        mask: [...mask, ...server.masks.map((value) => ({ type: 'regex', value }))],
        variables: { ...variables, ...Object.fromEntries(sent) },
      }),
    ),
  );
}
