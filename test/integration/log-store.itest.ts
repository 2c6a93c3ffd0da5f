import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileLogStore } from '../../src/adapters/files/log-store.ts';
import { type JobId, jobIdOf } from '../../src/domain/ids.ts';
import type { LogStore } from '../../src/ports/log-store.ts';
import { INSTANT, piecesOf, readLog, segmentOf } from '../support/log-text.ts';

describe('log store on disk', () => {
  let folder: string;
  let logs: LogStore;
  const job = jobIdOf(123);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'runnerhub-logs-'));
    logs = createFileLogStore(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps lines in the order of the calls, a longer log in pieces', async () => {
    const lines = Array.from({ length: 300 }, (_, index) => `line ${index} ü${'x'.repeat(9_000)}`);
    await Promise.all(lines.map((line) => logs.append(job, 1, segmentOf(line, 'second'))));
    const expected = lines.map((line) => `${INSTANT} ${line}\n${INSTANT} second\n`).join('');
    expect(await readLog(logs, job, 1)).toBe(expected);
    expect((await piecesOf(logs.read(job, 1))).length).toBeGreaterThan(2);
  });

  it('reads on from where a piece ended, and nothing where there is nothing', async () => {
    void logs.append(job, 2, segmentOf('ü'));
    const [piece] = await piecesOf(logs.read(job, 2));
    void logs.append(job, 2, segmentOf('two'));
    const more = await piecesOf(logs.read(job, 2, piece?.next));
    expect(more.map(({ text }) => text)).toEqual([`${INSTANT} two\n`]);
    expect(await piecesOf(logs.read(job, 2, more.at(-1)?.next))).toEqual([]);
    expect(await piecesOf(logs.read(job, 3))).toEqual([]);
  });

  it('reads a segment that is larger than what is read at once', async () => {
    const line = 'x'.repeat(5_000_000);
    await logs.append(job, 1, segmentOf(line));
    expect(await readLog(logs, job, 1)).toBe(`${INSTANT} ${line}\n`);
  });

  it('shows what a crash has left of the last segment', async () => {
    await logs.append(job, 1, segmentOf('whole'));
    const [file = ''] = (await readdir(folder, { recursive: true })).filter((name) =>
      name.endsWith('.log'),
    );
    await appendFile(path.join(folder, file), segmentOf('first', 'second').subarray(0, -4));
    const afterCrash = createFileLogStore(folder);
    expect(await readLog(afterCrash, job, 1)).toBe(
      `${INSTANT} whole\n${INSTANT} first\n${INSTANT} sec\n`,
    );
  });

  it('removes a job without its neighbour', async () => {
    await logs.append(job, 1, segmentOf('x'));
    await logs.append(jobIdOf(1123), 1, segmentOf('y'));
    await logs.remove(job);
    await logs.remove(job);
    expect(await readLog(logs, job, 1)).toBe('');
    expect(await readLog(logs, jobIdOf(1123), 1)).toBe(`${INSTANT} y\n`);
  });

  it('makes no path of what is no id', () => {
    expect(() => logs.append('../../etc' as JobId, 1, segmentOf('x'))).toThrow(
      'not the id of a job',
    );
  });
});
