import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followProgress } from './engine-api.mjs';
import { ping } from './engine-probe.mjs';
import { pipeTar, sendTar } from './image-engine.mjs';
import { isHeld, lockContent, withLock } from './lock-file.mjs';
import { createProgress } from './progress.mjs';
import { runCommand } from './run-command.mjs';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'set up '));
});
afterEach(() => rmSync(directory, { recursive: true }));

/**
 * @param {http.RequestListener} listener
 * @param {(endpoint: import('./engine-api.mjs').Endpoint) => Promise<void>} use
 */
async function withEngine(listener, use) {
  const socketPath = path.join(directory, 'docker.sock');
  const server = http.createServer(listener);
  await new Promise((resolve) => server.listen(socketPath, () => resolve(undefined)));
  try {
    await use({ dockerHost: `unix://${socketPath}`, tls: false, connect: { socketPath } });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('lock file', () => {
  it('lets one in at a time and disappears', async () => {
    const file = path.join(directory, 'lock');
    await withLock(
      file,
      () => {},
      async () => {
        expect(isHeld(readFileSync(file, 'utf8'))).toBe(true);
        expect(readFileSync(file, 'utf8')).toBe(lockContent(process.pid));
      },
    );
    expect(existsSync(file)).toBe(false);
  });

  it.each(['', 'nonsense', '999999999 1\n', `${process.pid} 1\n`])(
    'takes over the stale lock %j',
    async (content) => {
      const file = path.join(directory, 'lock');
      writeFileSync(file, content);
      /** @type {string[]} */
      const waits = [];
      await withLock(
        file,
        (pid) => waits.push(pid),
        async () => {},
      );
      expect(waits).toEqual([]);
    },
  );
});

describe('Engine API', () => {
  it('tells a running engine from an absent one', async () => {
    await withEngine(
      (_, response) => response.end('OK'),
      async (endpoint) => {
        expect(await ping(endpoint)).toBe('running');
      },
    );
    const socketPath = path.join(directory, 'none.sock');
    expect(await ping({ dockerHost: 'unix:///x', tls: false, connect: { socketPath } })).toBe(
      'absent',
    );
  });

  it('finds the error inside a successful stream, also across chunks', async () => {
    const stream = Readable.from([
      Buffer.from('{"status":"a"}\r\n{"err'),
      Buffer.from('or":"manifest unknown"}\r\n'),
    ]);
    const response = /** @type {any} */ (Object.assign(stream, { statusCode: 200 }));
    await expect(followProgress(response)).rejects.toThrow('manifest unknown');
  });

  it('breaks the request off when the tar stream fails', async () => {
    let complete = false;
    await withEngine(
      (request) => void request.resume().on('end', () => (complete = true)),
      async (endpoint) => {
        const sent = sendTar(endpoint, '/x', async (request) => {
          request.write('part');
          throw new Error('no more');
        });
        await expect(sent).rejects.toThrow('no more');
      },
    );
    expect(complete).toBe(false);
  });

  it('ends when the engine goes away while the tar stream is written', async () => {
    await withEngine(
      (request) => void request.once('data', () => request.destroy()),
      async (endpoint) => {
        const sent = sendTar(endpoint, '/x', async (request) => {
          await runCommand('head', ['-c', '20000000', '/dev/zero'], {
            onStdout: (tar) => pipeTar(tar, request),
          });
        });
        await expect(sent).rejects.toThrow();
      },
    );
  });
});

describe('commands and progress', () => {
  it('reports the output of a failed command', async () => {
    await expect(runCommand('sh', ['-c', 'echo why >&2; exit 3'])).rejects.toThrow(
      'exit status 3\nwhy',
    );
    await expect(runCommand('no-such-program', [])).rejects.toThrow('could not be started');
    expect(await runCommand('cat', [], { input: 'text' })).toBe('text');
  });

  it('writes one line for a stage with nothing to do, and only warnings when quiet', () => {
    let text = '';
    const stream = { write: (/** @type {string} */ part) => (text += part) };
    createProgress({ stream }).stage('docker').ok('here');
    expect(text).toBe('docker: ok, here\n');
    const quiet = createProgress({ stream, quiet: true }).stage('image');
    quiet.step('building');
    quiet.warn('careful');
    quiet.ok();
    expect(text).toBe('docker: ok, here\nimage: warning: careful\n');
  });
});
