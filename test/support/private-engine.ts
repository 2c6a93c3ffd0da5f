import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { eventually } from './eventually.ts';
import { removeMounted } from './remove-mounted.ts';

/** A Docker Engine of a test's own, so that it may be stopped. Needs root and the dockerd binary. */
export interface PrivateEngine extends AsyncDisposable {
  readonly socketPath: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createPrivateEngine(): PrivateEngine {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'rh-engine-'));
  const at = (name: string) => path.join(dir, name);
  const socketPath = at('d.sock');
  let daemon: ChildProcess | undefined;

  /** As a service manager stops it: with its containers. Killed harshly, its mounts would stay. */
  async function stop(): Promise<void> {
    if (daemon === undefined || daemon.exitCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    await ended;
  }
  return {
    socketPath,
    stop,
    async start() {
      rmSync(at('pid'), { force: true });
      const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')];
      // In a network namespace of its own: without one, even an engine that is told to make no
      // bridge removes that of the machine's engine.
      const alone = ['--iptables=false', '--cgroup-parent=/rh-test-engine'];
      daemon = spawn(
        'unshare',
        ['--net', 'dockerd', '-H', `unix://${socketPath}`, ...places, ...alone],
        { stdio: ['ignore', openSync(at('log'), 'a'), openSync(at('log'), 'a')] },
      );
      await eventually(() => pingEngine(socketPath), 'the private engine', 60_000).catch(
        (error: unknown) => {
          const log = readFileSync(at('log'), 'utf8').split('\n').slice(-15).join('\n');
          throw new Error(`${String(error)}\n${log}`);
        },
      );
    },
    async [Symbol.asyncDispose]() {
      await stop();
      removeMounted(dir);
    },
  };
}

/** Copies an image from one engine to another. */
export function copyImage(name: string, from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const load = request(
      { socketPath: to, path: '/images/load?quiet=1', method: 'POST' },
      (answer) => {
        answer
          .resume()
          .on('end', () =>
            answer.statusCode === 200 ? resolve() : reject(new Error('not loaded')),
          );
      },
    );
    load.on('error', reject);
    request({ socketPath: from, path: `/images/${name}/get` }, (image) => image.pipe(load))
      .on('error', reject)
      .end();
  });
}

/** Whether an engine answers; rejects when nothing listens there. */
export function pingEngine(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/_ping' }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode === 200));
    })
      .on('error', reject)
      .end();
  });
}
