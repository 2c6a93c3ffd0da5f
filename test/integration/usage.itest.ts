import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { createDockerStepHost } from '../../src/adapters/docker/step-host.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { DEFAULT_WALLS } from '../../src/contract/pool-walls.ts';
import { installationId, instanceId, poolName } from '../../src/domain/ids.ts';
import type { UnitHost } from '../../src/ports/job-containers.ts';
import { createRecordingLog } from '../support/logs.ts';
import { runtimesFolder } from '../support/runtimes.ts';
import { say } from '../support/say.ts';

const installation = installationId(`test-usage-${randomBytes(4).toString('hex')}`);
const engine = createDockerEngine({
  address: { socketPath: '/var/run/docker.sock' },
  clock: systemClock,
  log: createRecordingLog(),
  runtimesFolder,
  openStepHost: ({ docker, id, user, paths }) =>
    createDockerStepHost({ docker, containerId: id, user, paths }),
});
const MIB = 1024 * 1024;
const MEMORY_MB = 128;

let host: UnitHost;
beforeAll(async () => {
  const id = await engine.create({
    ...{ installation, instance: instanceId('usage'), pool: poolName('usage') },
    ...{ image: 'runnerhub/job:bookworm', cpuMillis: 200, memoryMb: MEMORY_MB, pids: 64 },
    ...{ user: 'runner', walls: DEFAULT_WALLS },
  });
  host = await engine.open(id);
});
afterAll(async () => {
  for (const { id } of await engine.owned(installation)) await engine.destroy(id);
  await engine.sweep(installation, []);
});

describe('the usage of a job', () => {
  it('counts from when the container was opened', async () => {
    const usage = await host.usage?.();
    expect(usage?.cpuSeconds).toBeLessThan(0.5);
    expect(usage?.outOfMemoryKills).toBe(0);
  });

  it('has the processor time, and the time held back, of a busy step', async () => {
    await say(host, "python3 -c 'import time\nwhile time.process_time() < 0.5: pass'");
    const usage = await host.usage?.();
    expect(usage?.cpuSeconds).toBeGreaterThanOrEqual(0.45);
    expect(usage?.cpuSeconds).toBeLessThan(3);
    expect(usage?.throttledSeconds).toBeGreaterThan(0.05);
  });

  it('has the peak of a moment, however short', async () => {
    await say(host, "python3 -c 'b = bytearray(80 * 1024 * 1024)'");
    const usage = await host.usage?.();
    expect(usage?.memoryPeakBytes).toBeGreaterThan(80 * MIB);
    expect(usage?.memoryPeakBytes).toBeLessThanOrEqual(MEMORY_MB * MIB);
  });

  it('counts what the kernel ended for want of memory', async () => {
    await say(host, "python3 -c 'b = bytearray(400 * 1024 * 1024)'");
    expect((await host.usage?.())?.outOfMemoryKills).toBeGreaterThanOrEqual(1);
  });

  it('counts what was written to the disk and went over the network', async () => {
    const before = await host.usage?.();
    await say(host, 'dd if=/dev/zero of=/tmp/f bs=1M count=20 oflag=direct 2>/dev/null');
    const usage = await host.usage?.();
    // Kernels since 6 count it for control groups of the first generation only under a limit.
    if (usage?.diskWrittenBytes != null) {
      expect(usage.diskWrittenBytes - (before?.diskWrittenBytes ?? 0)).toBeGreaterThan(19 * MIB);
    }
    expect(usage?.networkSentBytes).toEqual(expect.any(Number));
  });
});

describe('the disk of a job', () => {
  it('is measured where the pool limits it: the own layer and the work folder', async () => {
    const id = await engine.create({
      ...{ installation, instance: instanceId('usage'), pool: poolName('usage') },
      ...{ image: 'runnerhub/job:bookworm', cpuMillis: 1_000, memoryMb: MEMORY_MB, pids: 64 },
      ...{ user: 'runner', walls: { ...DEFAULT_WALLS, diskMb: 64 } },
    });
    const limited = await engine.open(id);
    expect(limited.disk?.limitBytes).toBe(64 * MIB);
    expect(await limited.disk?.used()).toBeLessThan(5 * MIB);
    const write = (file: string) => `dd if=/dev/zero of=${file} bs=1M count=40 2>/dev/null`;
    await say(limited, `${write('/tmp/f')}; ${write('/home/runner/_work/f')}; sync`);
    expect(await limited.disk?.used()).toBeGreaterThanOrEqual(80 * MIB);
    expect(host.disk).toBeUndefined();
  });
});
