import { randomBytes, randomInt } from 'node:crypto';
import Docker from 'dockerode';
import { IMAGE } from '../executor/scene.ts';

const MIB = 1024 * 1024;

/** Containers without any of the hub: the engine's API and nothing else. */
export interface Bare extends AsyncDisposable {
  /** A running container; with `ownNetwork` on a bridge of its own, as every job's is. */
  start(ownNetwork: boolean): Promise<Docker.Container>;
  /** From the call to the end of the command's output. */
  exec(container: Docker.Container): Promise<void>;
  /** Removes what was started since the last call. */
  clear(): Promise<void>;
}

export function openBare(): Bare {
  const docker = new Docker({ socketPath: '/var/run/docker.sock' });
  const containers: Docker.Container[] = [];
  const networks: Docker.Network[] = [];
  const used = new Set<string>();
  const subnet = (): string => {
    for (;;) {
      const block = `10.202.${randomInt(256)}.${randomInt(16) * 16}/28`;
      if (used.has(block)) continue;
      used.add(block);
      return block;
    }
  };
  const clear = async (): Promise<void> => {
    await Promise.all(containers.splice(0).map((each) => each.remove({ force: true, v: true })));
    await Promise.all(networks.splice(0).map((each) => each.remove()));
  };
  return {
    clear,
    async start(ownNetwork) {
      const name = `rh-bench-${randomBytes(6).toString('hex')}`;
      if (ownNetwork) {
        const config = { Driver: 'default', Config: [{ Subnet: subnet() }] };
        networks.push(await docker.createNetwork({ Name: name, Driver: 'bridge', IPAM: config }));
      }
      const container = await docker.createContainer({
        ...{ name, Image: IMAGE, User: '0:0', Entrypoint: ['tail'], Cmd: ['-f', '/dev/null'] },
        HostConfig: {
          ...{ CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], Init: true },
          ...{ PidsLimit: 512, Memory: 256 * MIB, MemorySwap: 256 * MIB, NanoCpus: 1e9 },
          LogConfig: { Type: 'none', Config: {} },
          ...(ownNetwork ? { NetworkMode: name } : {}),
        },
      });
      containers.push(container);
      await container.start();
      return container;
    },
    async exec(container) {
      const exec = await container.exec({ Cmd: ['true'], AttachStdout: true, AttachStderr: true });
      const stream = await exec.start({ hijack: true, stdin: false });
      for await (const _chunk of stream);
      await exec.inspect();
    },
    [Symbol.asyncDispose]: clear,
  };
}
