import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileLogStore } from '../../src/adapters/files/log-store.ts';
import { type JobId, jobIdOf } from '../../src/domain/ids.ts';
import type { LogStore } from '../../src/ports/log-store.ts';

describe('log store on disk', () => {
  let folder: string;
  let logs: LogStore;
  const job = jobIdOf(123);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'runnerhub-logs-'));
    logs = createFileLogStore(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps lines in the order of the calls', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index} ü\n`);
    await Promise.all(lines.map((line) => logs.append(job, 1, line)));
    expect(await logs.read(job, 1)).toBe(lines.join(''));
  });

  it('reads what was appended before, from a byte on, and nothing where there is nothing', async () => {
    void logs.append(job, 2, 'ü\ntwo\n');
    expect(await logs.read(job, 2, 3)).toBe('two\n');
    expect(await logs.read(job, 2, 99)).toBe('');
    expect(await logs.read(job, 3)).toBe('');
  });

  it('removes a job without its neighbour', async () => {
    await logs.append(job, 1, 'x\n');
    await logs.append(jobIdOf(1123), 1, 'y\n');
    await logs.remove(job);
    await logs.remove(job);
    expect(await logs.read(job, 1)).toBe('');
    expect(await logs.read(jobIdOf(1123), 1)).toBe('y\n');
  });

  it('makes no path of what is no id', () => {
    expect(() => logs.append('../../etc' as JobId, 1, 'x')).toThrow('not the id of a job');
  });
});
