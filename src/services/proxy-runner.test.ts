import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { aJob } from '../../test/support/memory-ports.ts';
import {
  anOrder,
  createRunnerScene,
  ended,
  endless,
  jobArrives,
  online,
  started,
  WANTED,
} from '../../test/support/runner-scene.ts';
import { AppError } from '../domain/errors.ts';
import { jobIdOf } from '../domain/ids.ts';

describe('a proxy runner with a job', () => {
  it('goes from registration to its end in the order of the protocol', async () => {
    const scene = createRunnerScene({
      runJob: async (_job, { reporter }) => {
        const step = { id: 'step-1', number: 2, name: 'Run true' };
        reporter.stepStarted({ id: 'setup', number: 1, name: 'Set up job' }, anOrder.decidedAt);
        reporter.stepStarted(step, '2026-06-30T15:40:39.000Z');
        const output = { value: 'abc', isSecret: false };
        const hidden = { value: 'xyz', isSecret: true };
        return {
          conclusion: 'success',
          outputs: { output, hidden },
          steps: [],
          annotations: [],
        };
      },
    });
    scene.say(jobArrives);
    await scene.proxy.start(anOrder);
    await ended(scene);
    expect(scene.happened.slice(0, 2).sort()).toEqual(['container claimed', 'registered']);
    expect(scene.happened.slice(2)).toEqual([
      'session opened',
      'acquire',
      'renew',
      'steps',
      'feed closed',
      'completejob succeeded',
      'session closed',
      'container released',
      'freed job-done',
    ]);
    const job = await scene.ledger.get(WANTED);
    expect(job).toMatchObject({ state: 'completed', conclusion: 'success', failure: null });
    expect(job).toMatchObject({ pool: 'small', host: 'here', container: 'c1' });
    expect(job?.timestamps).toMatchObject({
      decided_at: anOrder.decidedAt,
      container_ready_at: expect.stringMatching(/Z$/),
      runner_online_at: expect.stringMatching(/Z$/),
      job_started_at: expect.stringMatching(/Z$/),
      first_step_at: '2026-06-30T15:40:39.000Z',
    });
    expect(await scene.ledger.outputs(WANTED)).toEqual({ output: 'abc' });
    expect(scene.runners.all()).toEqual([
      expect.objectContaining({ state: 'gone', ticket: null, githubId: 7, job: WANTED }),
    ]);
  });

  it('keeps its facts where the report of GitHub was faster', async () => {
    const scene = createRunnerScene();
    scene.ledger.jobs.set(WANTED, aJob({ id: WANTED, state: 'running' }));
    scene.say(jobArrives);
    await scene.proxy.start(anOrder);
    await ended(scene);
    const job = await scene.ledger.get(WANTED);
    expect(job?.timestamps.job_started_at).not.toBeNull();
    expect(job).toMatchObject({ container: 'c1', conclusion: 'success' });
  });

  it('completes it as an infrastructure failure when the executor throws', async () => {
    const scene = createRunnerScene({
      runJob: async (_job, { reporter }) => {
        reporter.stepStarted({ id: 'step-1', number: 2, name: 'Run' }, anOrder.decidedAt);
        throw new AppError('docker-down', 'the Docker engine does not answer');
      },
    });
    scene.say(jobArrives);
    await scene.proxy.start(anOrder);
    await ended(scene);
    expect(scene.happened).toContain('completejob failed');
    expect(await scene.ledger.get(WANTED)).toMatchObject({
      conclusion: 'failure',
      failure: 'infrastructure',
      failureDetail: 'the Docker engine does not answer',
    });
    expect(await scene.ledger.steps(WANTED)).toEqual([
      expect.objectContaining({ number: 2, conclusion: 'failure' }),
    ]);
  });

  it('completes it also when the ledger, the store and the reports fail', async () => {
    const down = (): Promise<never> => Promise.reject(new AppError('database-down', 'down'));
    const scene = createRunnerScene({ results: { updateSteps: down, close: down } });
    await scene.proxy.start(anOrder);
    await online(scene);
    Object.assign(scene.ledger, { apply: down, note: down, saveStep: down, saveOutputs: down });
    scene.runners.update = down;
    scene.say(jobArrives);
    await eventually(() => scene.happened.includes('completejob succeeded'), 'completejob');
  });

  it('runs no step when the first renewal fails, and completes it', async () => {
    const renew = (): Promise<never> => Promise.reject(new AppError('job-gone', 'gone'));
    const scene = createRunnerScene({ job: { renew } });
    scene.say(jobArrives);
    await scene.proxy.start(anOrder);
    await ended(scene);
    expect(scene.happened).toContain('completejob failed');
    expect(scene.happened).not.toContain('steps');
  });

  it('is stopped when its lease is lost', async () => {
    let renewals = 0;
    const scene = createRunnerScene({
      runJob: endless,
      numbers: { renewEveryMs: 10 },
      job: {
        async renew() {
          renewals += 1;
          if (renewals < 3) return new Date(Date.now() + 60_000).toISOString();
          throw new AppError('job-gone', 'gone');
        },
        complete: () => Promise.reject(new AppError('job-gone', 'gone')),
      },
    });
    scene.say(jobArrives);
    await scene.proxy.start(anOrder);
    await ended(scene);
    expect(await scene.ledger.get(WANTED)).toMatchObject({
      conclusion: 'failure',
      failure: 'lease-lost',
    });
  });

  it('is cancelled by a message for it, not by one for another', async () => {
    const scene = createRunnerScene({ runJob: endless });
    scene.say(jobArrives);
    await scene.proxy.start(anOrder);
    await started(scene);
    scene.say({ kind: 'cancel', jobId: 'another', timeoutMs: 60_000 });
    scene.say({ kind: 'cancel', jobId: 'job-1', timeoutMs: 60_000 });
    await ended(scene);
    expect(scene.happened).toContain('completejob canceled');
    expect(await scene.ledger.get(WANTED)).toMatchObject({ conclusion: 'cancelled' });
  });

  it('books the job that arrived, not the one that was wanted', async () => {
    const other = jobIdOf(99);
    const scene = createRunnerScene();
    scene.ledger.jobs.delete(WANTED);
    scene.ledger.jobs.set(WANTED, aJob({ id: WANTED }));
    await scene.proxy.start({ ...anOrder, wantedBy: other });
    scene.say(jobArrives);
    await ended(scene);
    expect(await scene.ledger.get(WANTED)).toMatchObject({ state: 'completed' });
  });

  it('says that the container was lost when the job failed with it', async () => {
    const scene = createRunnerScene({
      runJob: async () => {
        scene.loseContainer('the container ended with code 137');
        return { conclusion: 'failure', outputs: {}, steps: [], annotations: [] };
      },
    });
    scene.say(jobArrives);
    await scene.proxy.start(anOrder);
    await ended(scene);
    expect(await scene.ledger.get(WANTED)).toMatchObject({
      failure: 'infrastructure',
      failureDetail: expect.stringContaining('137'),
    });
  });
});
