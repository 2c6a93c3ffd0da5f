import { createHash, randomUUID } from 'node:crypto';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readContainerWish } from '../../src/actions/container-wish.ts';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { createDockerStepHost } from '../../src/adapters/docker/step-host.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { DEFAULT_WALLS } from '../../src/contract/pool-walls.ts';
import { installationId, instanceId, poolName } from '../../src/domain/ids.ts';
import type { JobContainers } from '../../src/ports/job-containers.ts';
import type { StepHost } from '../../src/ports/step-host.ts';
import { createRecordingLog } from '../support/logs.ts';
import { runtimesFolder } from '../support/runtimes.ts';

const docker = new Docker();
const INSTALLATION = installationId(`test-parts-${process.pid}`);
const INSTANCE = instanceId(randomUUID());
const LABEL = `com.runnerhub.installation=${INSTALLATION}`;
const SERVER = `runnerhub-test/server:${createHash('sha1').update(INSTALLATION).digest('hex').slice(0, 8)}`;

const engineAt = (standin?: string) =>
  createDockerEngine({
    address: { socketPath: '/var/run/docker.sock' },
    clock: systemClock,
    log: createRecordingLog(),
    runtimesFolder,
    standin,
    openStepHost: ({ docker: engineOf, id, user, paths }) =>
      createDockerStepHost({ docker: engineOf, containerId: id, user, paths }),
  });
const engine = engineAt();

async function openUnit(from = engine) {
  const id = await from.create({
    ...{ installation: INSTALLATION, instance: INSTANCE, pool: poolName('test') },
    ...{ image: 'runnerhub/job:bookworm', cpuMillis: 1_000, memoryMb: 256, pids: 128 },
    user: 'runner',
    walls: DEFAULT_WALLS,
  });
  const host = await engine.open(id);
  if (host.containers === undefined) throw new Error('a unit has containers beside it');
  return { id, host, containers: host.containers };
}

const wish = (value: Record<string, string | string[]>) => {
  const read = readContainerWish({ image: SERVER, ...value });
  if (read === null) throw new Error('no image');
  return read;
};

async function say(host: StepHost, script: string): Promise<string> {
  let said = '';
  const output = {
    stdout: (chunk: Uint8Array) => {
      said += Buffer.from(chunk).toString();
    },
    stderr: () => undefined,
  };
  const env = host.facts.env;
  await host.exec(
    { argv: ['sh', '-c', script], cwd: '/', env },
    output,
    new AbortController().signal,
  );
  return said;
}

/** Everything that our label is on, by kind. */
async function left(): Promise<Record<string, number>> {
  const filters = { label: [LABEL] };
  const [containers, networks, volumes, images] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
    docker.listImages({ filters }),
  ]);
  return {
    containers: containers.length,
    networks: networks.length,
    volumes: volumes.Volumes?.length ?? 0,
    images: images.length,
  };
}

const NOTHING = { containers: 0, networks: 0, volumes: 0, images: 0 };

/** A page at port 80 by the image's own command. */
async function buildServer(): Promise<void> {
  const context = pack();
  const file = `FROM runnerhub/job:bookworm
RUN mkdir /page && echo served > /page/index.html
CMD ["python3", "-m", "http.server", "80", "-d", "/page"]`;
  context.entry({ name: 'Dockerfile' }, file);
  context.finalize();
  const stream = await docker.buildImage(context as unknown as NodeJS.ReadableStream, {
    t: SERVER,
  });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(stream, (error, said: { error?: string }[]) => {
      const problem = error?.message ?? said.find((line) => line.error !== undefined)?.error;
      if (problem === undefined) resolve();
      else reject(new Error(problem));
    }),
  );
}

beforeAll(buildServer, 60_000);
afterAll(async () => {
  for (const { id } of await engine.owned(INSTALLATION)) await engine.destroy(id);
  await engine.sweep(INSTALLATION, []);
  await docker.getImage(SERVER).remove({ force: true });
});

const FETCH = (port: number) =>
  `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
python3 -c "import urllib.request as u; print(u.urlopen('http://localhost:${port}/').read().decode(), end='')" 2>/dev/null && break
sleep 0.25; done`;

async function startTwo(containers: JobContainers): Promise<void> {
  await containers.startService('one', wish({}));
  await containers.startService('two', wish({ volumes: ['data:/data'] }));
  await containers.forward([
    { port: 8080, alias: 'one', servicePort: 80 },
    { port: 8081, alias: 'two', servicePort: 80 },
  ]);
}

describe('containers beside that of a job', () => {
  it('answers for services at localhost, though both listen on the same port', async () => {
    const { id, host, containers } = await openUnit();
    await startTwo(containers);
    expect(await say(host, FETCH(8080))).toBe('served\n');
    expect(await say(host, FETCH(8081))).toBe('served\n');
    await containers.end();
    expect(await left()).toMatchObject({ containers: 1, networks: 1, images: 0 });
    await engine.destroy(id);
    expect(await left()).toEqual(NOTHING);
  });

  it('is confined as the job itself is', async () => {
    const { id, containers } = await openUnit();
    const { id: own, host } = await containers.startForSteps(wish({ options: '--memory 64g' }));
    const { HostConfig, Mounts } = await docker.getContainer(own).inspect();
    expect(HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Memory: 256 * 1024 * 1024,
      PidsLimit: 128,
      Privileged: false,
    });
    expect(Mounts.map(({ Source }) => Source).join()).not.toContain('docker.sock');
    expect(
      (await say(host, 'echo here > /__w/f; cat /__w/f; echo x > /__e/f || echo read-only')).trim(),
    ).toBe('here\nread-only');
    await engine.destroy(id);
    expect(await left()).toEqual(NOTHING);
  });

  it('finds a stand-in where the job itself does', async () => {
    const beside = engineAt('172.17.0.1:8090');
    const { id, containers } = await openUnit(beside);
    const { host } = await containers.startForSteps(wish({}));
    expect(await say(host, 'getent hosts github.localhost')).toMatch(/^172\.17\.0\.1\s/);
    expect(await say(host, 'git config http.curloptResolve')).toBe(
      'github.localhost:8090:172.17.0.1\n',
    );
    await beside.destroy(id);
    // Its exception in the machine's firewall goes with its last container.
    expect(await left()).toEqual(NOTHING);
  });

  it('leaves nothing when the hub dies: whoever sweeps removes all of it', async () => {
    const { id, containers, host } = await openUnit();
    await startTwo(containers);
    await host.put([{ path: `${host.paths.work}/a/Dockerfile`, content: `FROM ${SERVER}` }]);
    const never = new AbortController().signal;
    await containers.build(`${host.paths.work}/a`, 'Dockerfile', () => undefined, never);
    expect(await left()).toMatchObject({ containers: 4, networks: 1, images: 1 });
    expect(await engine.owned(INSTALLATION)).toHaveLength(1);
    await docker.getContainer(id).remove({ force: true, v: true });
    await engine.sweep(INSTALLATION, [INSTANCE]);
    expect(await left()).toMatchObject({ containers: 3 });
    await engine.sweep(INSTALLATION, []);
    await engine.sweep(INSTALLATION, []);
    expect(await left()).toEqual(NOTHING);
  });
});
