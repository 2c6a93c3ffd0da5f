import { randomBytes } from 'node:crypto';
import path from 'node:path';
import Dockerode from 'dockerode';
import { expect, it } from 'vitest';
import { type Running, startCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { eventually } from '../support/eventually.ts';
import { createWorkspace } from '../support/workspace.ts';

const CONFIG = `pools:
  - name: small
    labels: [small]
    cpuMillis: 500
    memoryMb: 128
    pids: 64
    minIdle: 2
    max: 4
`;

const docker = new Dockerode({ socketPath: '/var/run/docker.sock' });

/** What an installation has at the engine. */
interface Seen {
  readonly networks: number;
  readonly containers: number;
  readonly running: number;
}

async function look(installation: string): Promise<Seen> {
  const filters = { label: [`com.runnerhub.installation=${installation}`] };
  const [networks, containers] = await Promise.all([
    docker.listNetworks({ filters }),
    docker.listContainers({ all: true, filters }),
  ]);
  const running = containers.filter(({ State }) => State === 'running').length;
  return { networks: networks.length, containers: containers.length, running };
}

const logged = (hub: Running, pattern: RegExp): Promise<string> =>
  eventually(() => pattern.exec(hub.stderr())?.[1], `${pattern} in the log`, 60_000);

/** At which sights the hub is killed: each is another place in the making of a container. */
const MOMENTS: readonly ((seen: Seen) => boolean)[] = [
  () => true,
  ({ networks }) => networks > 0,
  ({ containers }) => containers > 0,
  ({ running }) => running === 2,
];

it('whenever a hub is killed, the next one takes over or removes all that it left', async () => {
  using workspace = createWorkspace();
  workspace.write('runnerhub.yml', CONFIG);
  const standin = startCommand(
    ['standin', '--port', '0', '--data', path.join(workspace.dir, 'standin')],
    { cwd: workspace.dir },
  );
  let hub: Running | undefined;
  try {
    const github = await logged(
      { ...standin, stderr: standin.stdout },
      /^ {2}(.*) runnerhub start$/m,
    );
    const given = Object.fromEntries(github.split(' ').map((part) => part.split('=', 2)));
    const env = {
      ...given,
      ...workspace.env,
      RUNNERHUB_WEBHOOK_SECRET: randomBytes(16).toString('hex'),
    };
    const start = () => startCommand(['start'], { cwd: workspace.dir, env });
    for (const isTime of MOMENTS) {
      hub = start();
      const installation = await logged(hub, /"installation":"([^"]+)".*"msg":"hub started"/);
      await eventually(async () => isTime(await look(installation)), 'the moment', 60_000);
      hub.child.kill('SIGKILL');
      await hub.finished;
    }
    hub = start();
    const installation = await logged(hub, /"installation":"([^"]+)".*"msg":"hub started"/);
    const done = { networks: 2, containers: 2, running: 2 };
    await eventually(
      async () => JSON.stringify(await look(installation)) === JSON.stringify(done),
      'two warm containers and nothing else',
      60_000,
    );
    // The last one that was killed had both of them warm.
    expect(hub.stderr().match(/"msg":"warm container adopted"/g)).toHaveLength(2);
    hub.child.kill('SIGTERM');
    expect((await hub.finished).code).toBe(0);
    workspace.write('hub.log', hub.stderr());
    expect(await leftovers(workspace.dir)).toEqual([]);
  } finally {
    hub?.child.kill('SIGTERM');
    standin.child.kill('SIGTERM');
    await Promise.all([hub?.finished, standin.finished]);
  }
}, 240_000);
