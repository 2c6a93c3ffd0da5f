import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFileLogStore } from '../../src/adapters/files/log-store.ts';
import { jobIdOf, poolName } from '../../src/domain/ids.ts';
import { createHttpApp } from '../../src/http/create-http-app.ts';
import { startHttpServer } from '../../src/http/start-http-server.ts';
import { showWhy } from '../../src/main/commands/why.ts';
import type { Dispatch } from '../../src/services/dispatch.ts';
import { createIntake } from '../../src/services/intake.ts';
import { createWaitEstimates } from '../../src/services/wait-estimates.ts';
import { createTestClock } from '../support/clocks.ts';
import { aDispatch } from '../support/dispatch-scene.ts';
import { query } from '../support/embedded-server.ts';
import { useHubStores } from '../support/hub-stores.ts';
import { aRunner } from '../support/ledger-builders.ts';
import { createRecordingLog } from '../support/logs.ts';
import { webhookSecret } from '../support/post-webhook.ts';
import { aSchedulePolicy } from '../support/schedule-scene.ts';

const hub = useHubStores();
const clock = createTestClock();
let url = '';
let dispatch: Dispatch;

beforeEach(async () => {
  const { db, queue } = hub;
  dispatch = aDispatch(db(), { pools: [{ max: 1 }] });
  const estimates = createWaitEstimates({
    schedule: db().schedule,
    lastLook: dispatch.lastLook,
    pools: [{ name: poolName('default'), maxAt: () => 1 }],
    clock,
  });
  const app = createHttpApp({
    ...db(),
    estimate: (job) => estimates.of(job),
    jobRouter: aSchedulePolicy().router,
    intake: createIntake({ ledger: db().ledger, live: { publish: () => {} }, clock }),
    queue: queue(),
    webhookSecret,
    logs: createFileLogStore('unused'),
    registry: new Registry(),
    checks: [],
    log: createRecordingLog(),
  });
  const http = await startHttpServer(app, { host: '127.0.0.1', port: 0 });
  hub.defer(() => http.stop());
  url = http.url;
});

const get = (route: string) => fetch(url + route);
const json = async (route: string): Promise<unknown> => (await get(route)).json();
const why = async (job: string, asJson = false, at = url) => {
  const texts: string[] = [];
  const to = { write: (text: string) => texts.push(text) > 0 };
  const code = await showWhy(job, asJson, { url: at, now: Date.now(), out: to, err: to });
  return { code, text: texts.join('') };
};

/** One job runs since a minute, in the only place of the pool; five took three minutes each before. */
async function aFullPool(): Promise<void> {
  for (const id of [1, 2, 3, 4, 5, 6]) await hub.report(id);
  const { ledger, runners } = hub.db();
  await ledger.apply(jobIdOf(6), { kind: 'acquired' });
  await runners.add(aRunner('x', { state: 'busy', job: jobIdOf(6) }));
  const since = `now() - interval '1 minute'`;
  await query(hub.url(), `update jobs set pool = 'default', job_started_at = ${since}`);
  await query(
    hub.url(),
    `update jobs set state = 'completed', completed_at = job_started_at + interval '3 minutes'
     where id <> 'job_6'`,
  );
}

describe('why a job waits', () => {
  it('is told by API and CLI, with since when and when its turn comes', async () => {
    await aFullPool();
    for (const id of [7, 8]) await hub.report(id);
    await dispatch.lookAtAll();
    expect(await json('/api/v1/jobs/job_8')).toMatchObject({
      waiting: {
        code: 'pool-full',
        sentence: 'Pool default runs its maximum of 1 jobs.',
        since: expect.stringMatching(/^20.*Z$/),
        startsInMs: expect.any(Number),
      },
      priority: null,
      hold: null,
    });
    const { jobs } = (await json('/api/v1/jobs?state=queued')) as {
      jobs: { waiting: { startsInMs: number } }[];
    };
    // The one that runs goes on for two minutes, and the first in line takes three.
    expect(jobs.map(({ waiting }) => Math.round(waiting.startsInMs / 60_000))).toEqual([5, 2]);
    const told = await why('8');
    expect(told.code).toBe(0);
    expect(told.text).toMatch(/^job_8 \(job 8\) waits \(pool-full, for \d+ s now\):\n/);
    expect(told.text).toContain('Its turn comes in about 5 min.');
    expect(JSON.parse((await why('job_8', true)).text)).toMatchObject({ job: 'job_8' });
  });

  it('has no estimate without data', async () => {
    for (const id of [1, 2]) await hub.report(id);
    await dispatch.lookAtAll();
    expect(await json('/api/v1/jobs/job_2')).toMatchObject({
      waiting: { code: 'pool-full', startsInMs: null },
    });
  });

  it('says what is wrong with the question', async () => {
    expect(await why('9')).toMatchObject({ code: 2, text: expect.stringContaining('job_9') });
    const nobody = await why('9', false, 'http://127.0.0.1:9');
    expect(nobody).toMatchObject({ code: 3, text: expect.stringContaining('--url') });
  });
});

describe('GET /api/v1/routing/preview', () => {
  it('says where a job would go', async () => {
    expect(await json('/api/v1/routing/preview?labels=Linux,self-hosted')).toMatchObject({
      chosen: 'default',
      considered: [{ pool: 'default', verdict: 'chosen' }],
    });
    expect(await json('/api/v1/routing/preview?labels=linx&fork=yes')).toMatchObject({
      chosen: null,
      suggestions: [{ label: 'linx', instead: 'linux' }],
    });
  });

  it.each(['', '?labels=', '?labels=a&fork=x', '?labels=a&more=1'])('refuses %s', async (text) => {
    const response = await get(`/api/v1/routing/preview${text}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'bad-request' });
  });
});
