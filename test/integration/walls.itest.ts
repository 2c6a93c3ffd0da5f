import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerEngine } from '../../src/adapters/docker/engine.ts';
import { createDockerStepHost } from '../../src/adapters/docker/step-host.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { DEFAULT_WALLS, type PoolWalls } from '../../src/contract/pool-walls.ts';
import { installationId, instanceId, poolName } from '../../src/domain/ids.ts';
import type { UnitHost } from '../../src/ports/job-containers.ts';
import { createRecordingLog } from '../support/logs.ts';
import { expectation, LEVELS, type Level, readProofs } from '../support/proofs.ts';
import { runtimesFolder } from '../support/runtimes.ts';
import { say } from '../support/say.ts';
import { makeSetUidImage } from '../support/set-uid-image.ts';

const docker = new Dockerode();
const MARKER = `marker-${randomBytes(8).toString('hex')}`;
const folder = mkdtempSync(path.join(tmpdir(), 'rh-walls-'));
const MARKER_FILE = path.join(folder, 'marker');
const env = { MARKER, MARKER_FILE };
const installation = installationId(`test-walls-${randomBytes(4).toString('hex')}`);
const engine = createDockerEngine({
  address: { socketPath: '/var/run/docker.sock' },
  clock: systemClock,
  log: createRecordingLog(),
  runtimesFolder,
  openStepHost: ({ docker: engineOf, id, user, paths }) =>
    createDockerStepHost({ docker: engineOf, containerId: id, user, paths }),
});

const WALLS: Record<Level, PoolWalls> = {
  standard: { ...DEFAULT_WALLS, sudo: 'never' },
  sudo: { ...DEFAULT_WALLS, sudo: 'always' },
  hardened: { ...DEFAULT_WALLS, hardening: 'hardened' },
};

// Whatever wall fails, the machine survives what is tried: these limits stand beside it.
const LIMITS = { cpuMillis: 500, memoryMb: 512, pids: 64 };

async function openContainer(image: string, walls: PoolWalls): Promise<UnitHost> {
  const id = await engine.create({
    ...{ installation, instance: instanceId('walls'), pool: poolName('walls'), image },
    ...{ ...LIMITS, user: 'runner', walls },
  });
  return engine.open(id);
}

const image = await makeSetUidImage(docker);
/** A process of the machine that carries the marker in its command line. */
const process = spawn('tail', ['-f', '/dev/null', '--', MARKER_FILE, MARKER], { stdio: 'ignore' });

beforeAll(async () => {
  writeFileSync(MARKER_FILE, MARKER);
  const other = await openContainer(image.name, WALLS.standard);
  await say(other, 'echo "$MARKER" | tee /home/runner/_work/marker >/tmp/marker', { env });
});

afterAll(async () => {
  process.kill();
  for (const { id } of await engine.owned(installation)) await engine.destroy(id);
  await engine.sweep(installation, []);
  await image.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(LEVELS)('a container of level %s', (level) => {
  let host: UnitHost;
  beforeAll(async () => {
    host = await openContainer(image.name, WALLS[level]);
  });

  describe.each(readProofs())('$group', ({ lines }) => {
    it.each(lines)('$stops', async (proof) => {
      const wish = proof.as === 'root' ? { env, user: '0' } : { env };
      expect(await say(host, proof.try, wish)).toMatch(expectation(proof, level));
    });
  });

  it('still takes the work of a job', async () => {
    const script =
      'export HOME=/home/runner; cd ~/_work && mkdir repo && cd repo && git init -q . && echo x >f && git add f && mkfifo p && python3 -c "import tempfile; tempfile.NamedTemporaryFile()" && cp f ~/_work/_temp/f && touch ~/.cache && echo done';
    expect(await say(host, script)).toMatch(/^done$/m);
  });
});
