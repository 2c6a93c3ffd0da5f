import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Dockerode from 'dockerode';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execText } from '../../src/adapters/docker/engine-exec.ts';
import { createExternals, type Externals } from '../../src/adapters/docker/engine-externals.ts';
import { sweepExternals } from '../../src/adapters/docker/externals-sweep.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { createRecordingLog } from '../support/logs.ts';

const IMAGE = 'runnerhub/job:bookworm';
const LABEL = 'com.runnerhub.externals';
const docker = new Dockerode();
const image = { name: IMAGE, architecture: 'amd64' };

/** Volumes of one version. */
const volumesOf = async (version: string): Promise<string[]> => {
  const { Volumes } = await docker.listVolumes({ filters: { label: [`${LABEL}=${version}`] } });
  return (Volumes ?? []).map(({ Name }) => Name).sort();
};

describe('the node runtimes of an engine', () => {
  let folder: string;
  let content: string;
  let version: string;
  const containers: Dockerode.Container[] = [];

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'runtimes-'));
    content = `0.0.0-${randomBytes(4).toString('hex')}`;
    version = `x64-${content}-${content}`;
    for (const name of ['node20', 'node24']) {
      const home = path.join(folder, `${name}-linux-x64`);
      mkdirSync(path.join(home, 'bin'), { recursive: true });
      writeFileSync(path.join(home, 'package.json'), JSON.stringify({ version: content }));
      writeFileSync(path.join(home, 'LICENSE'), 'licence');
      writeFileSync(path.join(home, 'bin', 'node'), `#!/bin/sh\necho ${name} ${content}\n`);
    }
  });
  afterEach(async () => {
    for (const container of containers.splice(0)) await container.remove({ force: true });
    for (const name of await volumesOf(version)) await docker.getVolume(name).remove();
    rmSync(folder, { recursive: true });
  });

  const aHub = (): Externals =>
    createExternals({
      docker,
      clock: systemClock,
      log: createRecordingLog(),
      runtimesFolder: folder,
    });
  const sourceFor = async (hub: Externals): Promise<string> =>
    (await hub.mountFor(image))?.Source ?? '';
  const start = async (hub: Externals): Promise<Dockerode.Container> => {
    const mount = await hub.mountFor(image);
    if (mount === null) throw new Error('no mount');
    const container = await docker.createContainer({
      Image: IMAGE,
      Entrypoint: ['tail', '-f', '/dev/null'],
      Labels: { 'com.runnerhub.test': 'externals' },
      HostConfig: { NetworkMode: 'none', Init: true, Mounts: [mount] },
    });
    containers.push(container);
    await container.start();
    return container;
  };

  it('are there for the step user, and nobody can change them', async () => {
    const container = await start(aHub());
    const program = '/opt/runnerhub/externals/node24/bin/node';
    expect(await execText(container, 'runner', [program])).toBe(`node24 ${content}\n`);
    const change = `touch ${program}.x 2>/dev/null || echo refused`;
    expect(await execText(container, '0', ['sh', '-c', change])).toBe('refused\n');
  });

  it('are in one volume, whoever comes first', async () => {
    const [one, two] = [aHub(), aHub()];
    const sources = await Promise.all([one, two, one, two].map(sourceFor));
    expect(new Set(sources).size).toBe(1);
    expect(await sourceFor(aHub())).toBe(sources[0]);
    expect(await volumesOf(version)).toEqual([`runnerhub-externals-${version}`, sources[0]]);
  });

  it('are never those of a volume that a killed hub left half filled', async () => {
    const half = `runnerhub-externals-${version}-dead`;
    const twoHoursAgo = new Date(Date.now() - 7_200_000).toISOString();
    const Labels = { [LABEL]: version, 'com.runnerhub.created-at': twoHoursAgo };
    await docker.createVolume({ Name: half, Labels });
    expect(await sourceFor(aHub())).not.toBe(half);
    await sweepExternals({ docker, clock: systemClock }, version);
    expect(await volumesOf(version)).not.toContain(half);
    expect(await volumesOf(version)).toHaveLength(2);
  });

  it('come back when somebody removed the volume', async () => {
    const hub = aHub();
    const first = await sourceFor(hub);
    await docker.getVolume(first).remove();
    expect(await sourceFor(hub)).not.toBe(first);
    const other = await start(hub);
    expect(await execText(other, 'runner', ['ls', '/opt/runnerhub/externals'])).toBe(
      'node20\nnode24\n',
    );
  });

  it('go when no hub has used their version for a day', async () => {
    const past = { ...systemClock, now: () => Date.now() - 25 * 3_600_000 };
    const log = createRecordingLog();
    const old = createExternals({ docker, clock: past, log, runtimesFolder: folder });
    const container = await start(old);
    await sweepExternals({ docker, clock: systemClock }, 'another');
    expect(await volumesOf(version)).toHaveLength(2);
    await container.remove({ force: true });
    containers.pop();
    await sweepExternals({ docker, clock: systemClock }, 'another');
    expect(await volumesOf(version)).toEqual([]);
  });

  it('are left out where this machine has none for the processor', async () => {
    expect(await aHub().mountFor({ name: IMAGE, architecture: 'arm64' })).toBeNull();
    expect(await aHub().mountFor({ name: IMAGE, architecture: 'riscv64' })).toBeNull();
  });
});
