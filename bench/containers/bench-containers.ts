import { setTimeout as sleep } from 'node:timers/promises';
import { createLimiter } from '../../src/adapters/docker/engine-limiter.ts';
import { type Measurement, measurementOf } from '../measurement.ts';
import { type Bare, openBare } from './bare-containers.ts';
import { firstProcess, openFleet, POOL } from './fleet-scene.ts';

export interface ContainerSizes {
  /** Measurements of each kind. */
  readonly rounds: number;
  /** Containers of the refill. */
  readonly count: number;
  readonly idleSeconds: number;
}

export const CONTAINER_SIZES: ContainerSizes = { rounds: 15, count: 50, idleSeconds: 60 };

/** As the fleet does; on an idle machine of two processors more at once is not faster. */
const PARALLEL = 4;
const WARM_FACTOR = 1.5;
const COLD_FACTOR = 1.25;
const REFILL_SHARE = 0.8;

type Say = (text: string) => void;

/** Containers of the fleet against the bare engine, in one run; removes all it made. */
export async function benchContainers(
  sizes: ContainerSizes,
  say: Say,
): Promise<readonly Measurement[]> {
  await using bare = openBare();
  const handover = await measureHandover(bare, sizes, say);
  const cold = await measureCold(bare, sizes, say);
  const refill = await measureRefill(bare, sizes, say);
  return [handover, ...cold, ...refill];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const atMost = (factor: number) => ({
  text: `p50 <= ${factor} x`,
  holds: ({ ratio_p50 }: { ratio_p50: number | null }) => ratio_p50 !== null && ratio_p50 <= factor,
});

/** Reserve to the end of the first process; while it is refilled, as in life. */
async function measureHandover(bare: Bare, sizes: ContainerSizes, say: Say): Promise<Measurement> {
  await using scene = await openFleet(2, 4);
  scene.fleet.start();
  const container = await bare.start(false);
  await bare.exec(container);
  const ours: number[] = [];
  const limit: number[] = [];
  for (let round = 1; round <= sizes.rounds; round += 1) {
    say(`warm hand-over, round ${round} of ${sizes.rounds}`);
    await scene.warm(2);
    limit.push(await timed(() => bare.exec(container)));
    let taken = '';
    ours.push(
      await timed(async () => {
        const claimed = await scene.fleet.claim(POOL);
        taken = claimed.container;
        await firstProcess(claimed);
        void scene.fleet.release(claimed.container);
      }),
    );
    if (taken === '') throw new Error('nothing was claimed');
  }
  await bare.clear();
  const name = 'warm hand-over: reserve to end of first process';
  const execs = { name: 'bare exec into a running container', samples: limit };
  return measurementOf({ name, unit: 'ms', samples: ours, limit: execs }, atMost(WARM_FACTOR));
}

/** With nothing warm: from the claim to the end of the first process. */
async function measureCold(
  bare: Bare,
  sizes: ContainerSizes,
  say: Say,
): Promise<readonly Measurement[]> {
  await using scene = await openFleet(0, 1);
  scene.fleet.start();
  const ours: number[] = [];
  const limits = { own: [] as number[], shared: [] as number[] };
  const startAndRun = (ownNetwork: boolean): Promise<number> =>
    timed(async () => bare.exec(await bare.start(ownNetwork)));
  // The first fills the volume of the node programs.
  await scene.fleet.release((await scene.fleet.claim(POOL)).container);
  for (let round = 1; round <= sizes.rounds; round += 1) {
    say(`cold start, round ${round} of ${sizes.rounds}`);
    limits.own.push(await startAndRun(true));
    await bare.clear();
    limits.shared.push(await startAndRun(false));
    await bare.clear();
    let container: Parameters<typeof scene.fleet.release>[0] | undefined;
    ours.push(
      await timed(async () => {
        const claimed = await scene.fleet.claim(POOL);
        container = claimed.container;
        await firstProcess(claimed);
      }),
    );
    if (container !== undefined) await scene.fleet.release(container);
  }
  const row = (network: string, samples: readonly number[]) => {
    const limit = { name: `bare create + start + exec, ${network}`, samples };
    const name = 'cold start: claim to end of first process';
    return measurementOf({ name, unit: 'ms', samples: ours, limit }, atMost(COLD_FACTOR));
  };
  return [row('network of its own', limits.own), row('shared network', limits.shared)];
}

/** All at once, and then what they cost while nothing happens. */
async function measureRefill(
  bare: Bare,
  { count, idleSeconds }: ContainerSizes,
  say: Say,
): Promise<readonly Measurement[]> {
  say(`${count} bare containers, ${PARALLEL} at a time`);
  const limited = createLimiter(PARALLEL);
  const limit = await timed(() =>
    Promise.all(Array.from({ length: count }, () => limited(() => bare.start(true)))),
  );
  await bare.clear();
  await using scene = await openFleet(count, count);
  say(`${count} warm containers in parallel`);
  const ours = await timed(async () => {
    scene.fleet.start();
    await scene.warm(count);
  });
  const perSecond = (ms: number): number => count / (ms / 1000);
  const refill = measurementOf(
    {
      ...{ name: `${count} warm containers made at once`, unit: '1/s', samples: [perSecond(ours)] },
      limit: {
        name: `bare create + start with networks, ${PARALLEL} at a time`,
        samples: [perSecond(limit)],
      },
    },
    {
      text: `>= ${REFILL_SHARE} x`,
      holds: ({ ratio_p50 }) => ratio_p50 !== null && ratio_p50 >= REFILL_SHARE,
    },
  );
  say(`${count} warm containers for ${idleSeconds} s`);
  const before = process.cpuUsage();
  await sleep(idleSeconds * 1000);
  const { user, system } = process.cpuUsage(before);
  const micros = (user + system) / count / idleSeconds;
  const idle = measurementOf({
    ...{ name: 'hub cpu per idle warm container', unit: 'us/s', samples: [micros] },
  });
  return [refill, idle];
}
