import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGitHub } from '../../src/adapters/github/github.ts';
import { createListing } from '../../src/adapters/github/listing.ts';
import { instanceId } from '../../src/domain/ids.ts';
import { createGitHubSync, type GitHubSync } from '../../src/services/github-sync/github-sync.ts';
import { restOf } from '../support/github-scene.ts';
import { useHubStores } from '../support/hub-stores.ts';
import { aDelivery, aReport, aRunner } from '../support/ledger-builders.ts';
import { createRecordingLog } from '../support/logs.ts';
import { eventually } from './standin/eventually.ts';
import { Fixture, TOKEN } from './standin/fixture.ts';
import { RawRunner } from './standin/raw-runner.ts';

const REPOSITORY = 'octo/synced';
const WORKFLOW = `on: push
jobs:
  a: { runs-on: linux, steps: [{ run: a }] }
  b: { needs: a, runs-on: linux, steps: [{ run: b }] }
`;
const NUMBERS = { repositories: 10, listForMs: 0, fastestMs: 1_000, slowestMs: 60_000 };
const hub = useHubStores();
const never = new AbortController().signal;

let github: Fixture;
let sync: GitHubSync;
let leads = true;

beforeAll(async () => {
  github = await Fixture.start();
  await github.repository(REPOSITORY, { 'ci.yml': WORKFLOW });
});
afterAll(async () => {
  await github.stop();
  expect(github.errors).toEqual([]);
});

beforeEach(() => {
  leads = true;
  const rest = restOf(github.url, github.clock, TOKEN);
  const { board, ...stores } = hub.db();
  sync = createGitHubSync(
    {
      ...stores,
      listing: createListing({ rest }),
      github: createGitHub(rest),
      live: { publish: () => undefined },
      clock: github.clock,
      log: createRecordingLog(),
      leads: async () => leads,
      // GitHub lists what a token reaches; here the test names it.
      activeRepositories: async () => [REPOSITORY],
      heardSince: (since) => board.heardSince(since),
      scopeOf: (repository) => repository,
      budgetLeft: () => 1,
    },
    NUMBERS,
  );
});

const turn = () => sync.turn(never);
const counts = async () =>
  Object.fromEntries(
    (await hub.db().discrepancies.counts()).map(({ kind, found, mended }) => [
      kind,
      [found, mended],
    ]),
  );

async function startRun(): Promise<{ run: number; job: number }> {
  const run = await github.startRun(REPOSITORY);
  const { a } = await github.jobs(REPOSITORY, run.id);
  return { run: run.id, job: a.id };
}

describe('what no webhook told of', () => {
  it('finds a queued job, puts it before the dispatcher, and looks again soon', async () => {
    const { run, job } = await startRun();
    github.clock.advance(15_000);
    expect(await turn()).toBe(NUMBERS.fastestMs);
    expect(await hub.job(job)).toMatchObject({
      repository: REPOSITORY,
      runId: run,
      labels: ['linux'],
      state: 'queued',
      timestamps: { queued_at: expect.any(String), webhook_received_at: null },
    });
    expect(await hub.db().outbox.depth()).toBe(1);
    expect(await counts()).toEqual({ 'job-unknown': [1, 1] });
    // Nothing is new: nothing happens, and it becomes quiet.
    expect(await turn()).toBe(NUMBERS.slowestMs);
    expect(await hub.db().outbox.depth()).toBe(1);
    await github.post(`/repos/${REPOSITORY}/actions/runs/${run}/cancel`);
    await turn();
    expect(await hub.job(job)).toMatchObject({ state: 'completed', conclusion: 'cancelled' });
    expect(await counts()).toEqual({ 'job-unknown': [1, 1], 'job-behind': [1, 1] });
  });

  it('gives up a job that GitHub does not know, but only when it is so twice', async () => {
    await hub
      .db()
      .ledger.recordDelivery(aDelivery(), aReport(99, 'queued', { repository: REPOSITORY }));
    await turn();
    expect(await hub.job(99)).toMatchObject({ state: 'queued' });
    await turn();
    expect(await hub.job(99)).toMatchObject({
      state: 'completed',
      conclusion: 'cancelled',
      failureDetail: expect.stringContaining('no longer knows'),
    });
    expect(await counts()).toEqual({ 'job-gone': [1, 1] });
  });

  it('leaves a job alone that it has concluded and GitHub has not', async () => {
    const { run, job } = await startRun();
    await hub
      .db()
      .ledger.recordDelivery(aDelivery(), aReport(job, 'completed', { repository: REPOSITORY }));
    await turn();
    await turn();
    expect(await hub.job(job)).toMatchObject({ state: 'completed', conclusion: 'success' });
    expect(await counts()).toEqual({ 'job-ahead': [1, 0] });
    await github.post(`/repos/${REPOSITORY}/actions/runs/${run}/cancel`);
  });

  it('goes on although one repository is gone', async () => {
    await github.request('PUT', '/_standin/repositories/octo/other', {});
    const { run, job } = await startRun();
    const rest = restOf(github.url, github.clock, TOKEN);
    const listing = createListing({ rest });
    await expect(listing.jobsOf('octo/nowhere', 1)).rejects.toMatchObject({ code: 'not-found' });
    await turn();
    expect(await hub.job(job)).not.toBeNull();
    await github.post(`/repos/${REPOSITORY}/actions/runs/${run}/cancel`);
  });
});

describe('runners that nobody needs', () => {
  const registered = async (): Promise<string[]> => {
    const { body } = await github.get(`/repos/${REPOSITORY}/actions/runners`);
    return body.runners.map(({ name }: { name: string }) => name);
  };
  const register = async (name: string): Promise<string> => {
    const { status, body } = await github.post(
      `/repos/${REPOSITORY}/actions/runners/generate-jitconfig`,
      { name, runner_group_id: 1, labels: ['linux'], work_folder: '_work' },
    );
    expect(status).toBe(201);
    return body.encoded_jit_config;
  };

  it('removes what ended here and is still registered there, and nobody else', async () => {
    for (const name of ['gone', 'live', 'strange']) await register(name);
    const runner = { scope: REPOSITORY };
    await hub.db().runners.add(aRunner('1', { ...runner, name: 'gone', state: 'gone' }));
    await hub.db().runners.add(aRunner('2', { ...runner, name: 'live', state: 'starting' }));
    await turn();
    expect(await registered()).toContain('gone');
    leads = false;
    await turn();
    expect(await registered()).toContain('gone');
    leads = true;
    await turn();
    await turn();
    expect((await registered()).sort()).toEqual(['live', 'strange']);
    expect(await counts()).toMatchObject({ 'runner-left': [1, 1] });
  });

  it('never removes one that has a job', async () => {
    const { run } = await startRun();
    const runner = await RawRunner.online(github, REPOSITORY);
    await runner.takeJob();
    const name = String(runner.settings.runner['AgentName']);
    await hub.db().runners.add(aRunner('3', { scope: REPOSITORY, name, state: 'gone' }));
    for (let times = 0; times < 3; times += 1) await turn();
    expect(await registered()).toContain(name);
    expect(await counts()).toMatchObject({ 'runner-busy': [1, 0] });
    await github.post(`/repos/${REPOSITORY}/actions/runs/${run}/cancel`);
  });
});

describe('deliveries that failed', () => {
  let server: Server;
  let status = 500;
  const received: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      received.push(`${request.headers['x-github-event']} ${request.headers['x-github-delivery']}`);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await github.post(`/repos/${REPOSITORY}/hooks`, {
      config: { url: `http://127.0.0.1:${port}/webhooks/github`, content_type: 'json' },
      events: ['workflow_job'],
    });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('are asked for once, unless they were taken in all the same', async () => {
    const { run } = await startRun();
    const guids = await eventually('two failed deliveries', async () => {
      const failed = received.filter((each) => each.startsWith('workflow_job'));
      return failed.length >= 1 ? failed.map((each) => each.split(' ')[1] ?? '') : undefined;
    });
    await eventually('the failure to be booked', async () => {
      const { body: hooks } = await github.get(`/repos/${REPOSITORY}/hooks`);
      const { body } = await github.get(`/repos/${REPOSITORY}/hooks/${hooks[0].id}/deliveries`);
      return body.some((each: { guid: string }) => each.guid === guids[0]) || undefined;
    });
    status = 200;
    await turn();
    await eventually('the delivery', () =>
      received.filter((each) => each.endsWith(String(guids[0]))).length === 2 ? true : undefined,
    );
    await turn();
    expect(received.filter((each) => each.endsWith(String(guids[0])))).toHaveLength(2);
    expect(await counts()).toMatchObject({ 'delivery-missed': [1, 1] });
    await github.post(`/repos/${REPOSITORY}/actions/runs/${run}/cancel`);
  });
});

describe('leadership', () => {
  it('belongs to one instance, and a later one has a higher token', async () => {
    const { leaderships } = hub.db();
    const [a, b] = [instanceId('a'), instanceId('b')];
    const first = await leaderships.claim('work', a, 60_000);
    expect(first).toEqual({ name: 'work', token: 1 });
    expect(await leaderships.claim('work', b, 60_000)).toBeNull();
    expect(await leaderships.claim('work', a, 60_000)).toEqual(first);
    await leaderships.resign(a);
    expect(first && (await leaderships.holds(first))).toBe(false);
    const second = await leaderships.claim('work', b, 60_000);
    expect(second).toEqual({ name: 'work', token: 2 });
    expect(first && (await leaderships.holds(first))).toBe(false);
    expect(second && (await leaderships.holds(second))).toBe(true);
  });

  it('is won by one of many that try at once', async () => {
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        hub.db().leaderships.claim('race', instanceId(String(index)), 60_000),
      ),
    );
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });
});
