import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { aJob, type MemoryLedger } from '../../test/support/memory-ports.ts';
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

function countCalls(ledger: MemoryLedger, name: 'list'): () => number {
  let calls = 0;
  const original = ledger[name];
  ledger[name] = (filter) => {
    calls += 1;
    return original(filter);
  };
  return () => calls;
}

describe('an idle proxy runner', () => {
  it('is removed at GitHub before its container, once nobody needs it', async () => {
    const scene = createRunnerScene({ numbers: { idleCheckMs: 60_000 } });
    await scene.proxy.start(anOrder);
    await online(scene);
    scene.ledger.jobs.set(WANTED, aJob({ id: WANTED, state: 'running' }));
    scene.events.publish({ kind: 'job', job: WANTED });
    await ended(scene);
    const end = scene.happened.slice(scene.happened.indexOf('DELETE removed'));
    expect(end[0]).toBe('DELETE removed');
    expect(end.indexOf('session closed')).toBeLessThan(end.indexOf('container released'));
    expect(end.at(-1)).toBe('freed given-up');
  });

  it('stays while another queued job fits its labels and its scope', async () => {
    const scene = createRunnerScene({ numbers: { idleCheckMs: 5 } });
    const other = jobIdOf(2);
    scene.ledger.jobs.set(WANTED, aJob({ id: WANTED, state: 'running' }));
    scene.ledger.jobs.set(other, aJob({ id: other, labels: ['SMALL'] }));
    await scene.proxy.start(anOrder);
    await online(scene);
    const lists = countCalls(scene.ledger, 'list');
    await eventually(() => lists() >= 3, 'three looks at the queue');
    expect(scene.proxy.count()).toBe(1);
    scene.ledger.jobs.set(other, aJob({ id: other, repository: 'octo/else' }));
    await ended(scene);
    expect(scene.happened).toContain('freed given-up');
  });

  it('stays when GitHub says that it is busy, and then runs the job', async () => {
    const scene = createRunnerScene({ removals: ['busy', 'busy'] });
    scene.ledger.jobs.set(WANTED, aJob({ id: WANTED, state: 'running' }));
    await scene.proxy.start(anOrder);
    await eventually(() => scene.happened.includes('DELETE busy'), 'the first DELETE');
    scene.say(jobArrives);
    await ended(scene);
    expect(scene.happened).toContain('completejob succeeded');
  });

  it('is given up after a while without a job', async () => {
    const scene = createRunnerScene({ numbers: { idleLimitMs: 30, idleCheckMs: 5 } });
    await scene.proxy.start(anOrder);
    await ended(scene);
    expect(scene.happened).toContain('DELETE removed');
  });

  it('is given up when its container ends', async () => {
    const scene = createRunnerScene({ numbers: { idleCheckMs: 60_000 } });
    await scene.proxy.start(anOrder);
    await online(scene);
    scene.loseContainer('killed');
    await ended(scene);
    expect(scene.happened.filter((what) => what.startsWith('DELETE'))).not.toEqual([]);
  });

  it('gets another container when a job is on its way to a runner that lost its own', async () => {
    const scene = createRunnerScene({ removals: ['busy'], numbers: { idleCheckMs: 60_000 } });
    await scene.proxy.start(anOrder);
    await online(scene);
    scene.loseContainer('killed');
    await eventually(() => scene.happened.includes('DELETE busy'), 'the DELETE');
    scene.say(jobArrives);
    await ended(scene);
    expect(scene.happened.filter((what) => what === 'container claimed')).toHaveLength(2);
    expect(scene.happened).toContain('completejob succeeded');
  });
});

describe('a proxy runner that cannot start', () => {
  it('removes its registration when there is no container, and says why', async () => {
    const refuse = (): Promise<never> =>
      Promise.reject(new AppError('docker-down', 'no answer', { retryable: true }));
    const scene = createRunnerScene();
    const failing = createRunnerScene({
      deps: {
        ledger: scene.ledger,
        fleet: {
          claim: refuse,
          markBusy: () => undefined,
          release: async () => undefined,
          status: () => [],
        },
      },
    });
    await failing.proxy.start(anOrder);
    await ended(failing);
    expect(failing.happened).toEqual(['registered', 'DELETE removed', 'freed failed']);
    expect((await scene.ledger.get(WANTED))?.waiting).toEqual({
      code: 'host-down',
      host: 'here',
      detail: 'no answer',
    });
  });

  it('releases its container when GitHub refuses it, and says why', async () => {
    const scene = createRunnerScene({
      deps: {
        github: {
          createJitRunner: () => Promise.reject(new AppError('github-refused', 'no')),
          removeRunner: async () => 'absent',
        },
      },
    });
    await scene.proxy.start(anOrder);
    await ended(scene);
    expect(scene.happened).toEqual(['container claimed', 'container released', 'freed failed']);
    const job = await scene.ledger.get(WANTED);
    expect(job?.waiting).toEqual({ code: 'github-refused', detail: 'no' });
  });
});

describe('stopping', () => {
  it('removes idle runners, waits for running jobs, then ends them as failed', async () => {
    const scene = createRunnerScene({ runJob: endless });
    scene.say(jobArrives);
    await scene.proxy.start(anOrder);
    await started(scene);
    await scene.proxy.drain(50);
    expect(scene.proxy.count()).toBe(0);
    expect(scene.happened).toContain('completejob failed');
    expect(await scene.ledger.get(WANTED)).toMatchObject({
      conclusion: 'failure',
      failure: 'shutdown',
    });
    await expect(scene.proxy.start(anOrder)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('lets a running job end by itself within the deadline', async () => {
    const scene = createRunnerScene({
      runJob: async (_job, { clock }) => {
        await clock.sleep(50);
        return { conclusion: 'success', outputs: {}, steps: [], annotations: [] };
      },
    });
    scene.say(jobArrives);
    await scene.proxy.start(anOrder);
    await started(scene);
    await scene.proxy.drain(10_000);
    expect(scene.happened).toContain('completejob succeeded');
  });

  it('removes an idle runner at once', async () => {
    const scene = createRunnerScene({ numbers: { idleCheckMs: 60_000 } });
    await scene.proxy.start(anOrder);
    await online(scene);
    await scene.proxy.drain(10_000);
    expect(scene.happened).toContain('DELETE removed');
    expect(scene.happened).toContain('container released');
  });
});
