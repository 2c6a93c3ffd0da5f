import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLimiter } from '../../src/adapters/docker/engine-limiter.ts';
import { type Child, startChild } from '../child.ts';
import { type Measurement, measurementOf } from '../measurement.ts';
import { type Client, createClient } from './client.ts';
import { pushWorkflow } from './push-workflow.ts';
import { connectRunner, type Place, type SimulatedRunner } from './simulated-runner.ts';
import type { Usage } from './usage.ts';

export interface StandinSizes {
  /** Runners that hold a long poll and get no job. */
  readonly idle: number;
  /** Jobs that are queued in a minute. */
  readonly jobsPerMinute: number;
  readonly minutes: number;
}

export const STANDIN_SIZES: StandinSizes = { idle: 5_000, jobsPerMinute: 2_000, minutes: 1 };

type Say = (text: string) => void;

const REPOSITORY = 'load/fleet';
/** Legs of one run; GitHub allows 256. */
const LEGS = 100;
const AT_ONCE = 32;
const SETTLE_MS = 2_000;
/** How long after the last job was queued the rest may take. */
const PATIENCE_MS = 120_000;
const REQUESTS_TO_CONNECT = 3;

/**
 * The stand-in in one process with a fleet of idle runners, while jobs are queued at a steady rate,
 * announced by webhooks and done by runners that register for them; all over real connections. The
 * limit is a bare HTTP server with as many open requests.
 */
export async function benchStandin(sizes: StandinSizes, say: Say): Promise<readonly Measurement[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'runnerhub-bench-standin-'));
  const client = createClient();
  try {
    const bare = await holdBare(sizes.idle, client, say);
    const token = `standin_${randomUUID()}`;
    await using child = startChild('standin', [folder, token]);
    const url = await child.message<string>('url');
    const place: Place = { client, url, token, repository: REPOSITORY };
    await client.call('PUT', `${url}/_standin/repositories/${REPOSITORY}`, token, {
      triggerOnPush: false,
    });
    await pushWorkflow(place, LEGS);
    const fleet = await connectFleet(place, child, sizes.idle, say);
    const load = await runLoad(place, child, sizes, say);
    return [
      measurementOf({
        name: 'connect an idle runner',
        unit: 'ms',
        samples: fleet.connectMs,
        limit: bare.limit,
      }),
      memoryOf(fleet.bytesEach, bare.bytesEach),
      ...load,
    ];
  } finally {
    client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function memoryOf(bytes: number, bareBytes: number): Measurement {
  return measurementOf({
    ...{ name: 'memory of an idle runner', unit: 'KiB', samples: [bytes / 1024] },
    limit: { name: 'an open request of a bare server', samples: [bareBytes / 1024] },
  });
}

async function usageOf(child: Child): Promise<Usage> {
  const used = child.message<Usage>('used');
  child.send({ usage: true });
  return used;
}

/** What the machine can do: the requests of connecting a runner, and open requests, of a bare server. */
async function holdBare(count: number, client: Client, say: Say) {
  say(`a bare server holds ${count} requests`);
  await using child = startChild('held', []);
  const url = await child.message<string>('url');
  const before = await usageOf(child);
  const limiter = createLimiter(AT_ONCE);
  const samples: number[] = [];
  await Promise.all(
    Array.from({ length: count }, () =>
      limiter(async () => {
        const begun = performance.now();
        for (let times = 0; times < REQUESTS_TO_CONNECT; times += 1) {
          await client.call('POST', url, '', { name: 'runner', labels: ['idle'] });
        }
        samples.push(performance.now() - begun);
        // It never answers; the connection breaks when the child ends.
        client.call('GET', url, '').catch(() => undefined);
      }),
    ),
  );
  await sleep(SETTLE_MS);
  const after = await usageOf(child);
  return {
    limit: { name: 'its requests to a bare server', samples },
    bytesEach: (after.rss - before.rss) / count,
  };
}

async function connectFleet(place: Place, child: Child, count: number, say: Say) {
  const before = await usageOf(child);
  const limiter = createLimiter(AT_ONCE);
  const connectMs: number[] = [];
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      limiter(async () => {
        const begun = performance.now();
        const runner = await connectRunner(place, 'idle');
        connectMs.push(performance.now() - begun);
        void keepPolling(runner);
        if ((index + 1) % 1_000 === 0) say(`${index + 1} of ${count} idle runners`);
      }),
    ),
  );
  await sleep(SETTLE_MS);
  const after = await usageOf(child);
  return { connectMs, bytesEach: (after.rss - before.rss) / count };
}

/** Until the connection breaks at the end. */
async function keepPolling(runner: SimulatedRunner): Promise<void> {
  try {
    for (;;) await runner.poll();
  } catch {
    // The stand-in has ended.
  }
}

interface Tally {
  readonly heardMs: number[];
  readonly doneMs: number[];
  readonly problems: string[];
}

async function runLoad(
  place: Place,
  child: Child,
  { jobsPerMinute, minutes }: StandinSizes,
  say: Say,
): Promise<readonly Measurement[]> {
  const tally: Tally = { heardMs: [], doneMs: [], problems: [] };
  await using hook = await openHook(place, tally);
  const runs = Math.ceil((jobsPerMinute * minutes) / LEGS);
  await usageOf(child);
  const begun = performance.now();
  for (let run = 0; run < runs; run += 1) {
    hook.dispatched.push(performance.now());
    await place.client.call(
      'POST',
      `${place.url}/repos/${REPOSITORY}/actions/workflows/load.yml/dispatches`,
      place.token,
      { ref: 'main' },
    );
    say(`${(run + 1) * LEGS} jobs queued, ${tally.doneMs.length} done`);
    const next = begun + ((run + 1) * 60_000) / (jobsPerMinute / LEGS);
    await sleep(Math.max(0, next - performance.now()));
  }
  const queuedMinutes = (performance.now() - begun) / 60_000;
  const wanted = runs * LEGS;
  const until = performance.now() + PATIENCE_MS;
  while (tally.doneMs.length + tally.problems.length < wanted && performance.now() < until) {
    await sleep(100);
  }
  const usage = await usageOf(child);
  const seconds = (performance.now() - begun) / 1000;
  if (tally.problems.length > 0) say(`problems: ${tally.problems.slice(0, 3).join('; ')}`);
  return [
    rateOf(tally.heardMs.length / queuedMinutes, jobsPerMinute, 'jobs queued and announced'),
    rateOf((tally.doneMs.length * 60) / seconds, null, 'jobs done'),
    measurementOf({ name: 'from dispatch to its webhook', unit: 'ms', samples: tally.heardMs }),
    measurementOf({ name: 'from webhook to completed', unit: 'ms', samples: tally.doneMs }),
    lagOf(usage),
    measurementOf({ name: 'processor time', unit: 'cores', samples: [usage.cpu / seconds] }),
  ];
}

const rateOf = (value: number, goal: number | null, name: string): Measurement =>
  measurementOf(
    { name, unit: '/min', samples: [value] },
    goal === null
      ? undefined
      : { text: `>= ${goal * 0.99}`, holds: ({ p50 }) => p50 >= goal * 0.99 },
  );

const lagOf = ({ lag }: Usage): Measurement => ({
  ...measurementOf({ name: 'delay of the event loop', unit: 'ms', samples: [lag.p50] }),
  p95: Number(lag.p95.toPrecision(4)),
  p99: Number(lag.p99.toPrecision(4)),
});

/** Hears of queued jobs and lets a new runner do each. */
async function openHook(place: Place, tally: Tally) {
  const dispatched: number[] = [];
  const firstOfRun = new Map<number, number>();

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { action, workflow_job: job } = JSON.parse(await text(request));
    response.writeHead(202).end();
    if (action !== 'queued') return;
    const heard = performance.now();
    const begun = firstOfRun.get(job.run_id) ?? dispatched[firstOfRun.size] ?? heard;
    firstOfRun.set(job.run_id, begun);
    tally.heardMs.push(heard - begun);
    const problem = await doOneJob(place).catch((error: unknown) => String(error));
    if (problem === null) tally.doneMs.push(performance.now() - heard);
    else tally.problems.push(problem);
  };

  const server = createServer((request, response) => void receive(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await place.client.call('POST', `${place.url}/repos/${REPOSITORY}/hooks`, place.token, {
    config: { url: `http://127.0.0.1:${port}/hook`, content_type: 'json' },
    events: ['workflow_job'],
  });
  return {
    dispatched,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Why a new runner got no job; null when it did one. */
async function doOneJob(place: Place): Promise<string | null> {
  const runner = await connectRunner(place, 'work');
  for (let polls = 0; polls < 3; polls += 1) {
    const offer = await runner.poll();
    if (offer === null) continue;
    await runner.work(offer);
    return null;
  }
  return 'a runner got no job';
}
