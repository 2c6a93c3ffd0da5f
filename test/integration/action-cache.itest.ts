import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ActionCache } from '../../src/adapters/github/action-cache.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';

describe('the cache of actions', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'actions-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const never = new AbortController().signal;
  const cached = (): string[] => readdirSync(folder).sort();
  const open = (maxBytes: number): ActionCache =>
    new ActionCache({ folder, maxBytes, clock: systemClock });
  const put = async (cache: ActionCache, name: string, bytes: number): Promise<void> => {
    const entry = await cache.read(name, (file) => writeFile(file, Buffer.alloc(bytes)), never);
    entry.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('removes what a killed hub left half written', async () => {
    const half = path.join(folder, 'half.part');
    writeFileSync(half, 'half');
    await put(open(1000), 'a', 10);
    expect(existsSync(half)).toBe(false);
  });

  it('keeps what was used last when it is full', async () => {
    const cache = open(250);
    for (const name of ['a', 'b', 'a', 'c']) await put(cache, name, 100);
    expect(cached()).toEqual(['a.tar', 'c.tar']);
    await put(cache, 'large', 1000);
    expect(cached()).toEqual(['large.tar']);
    expect(statSync(path.join(folder, 'large.tar')).mode & 0o777).toBe(0o600);
  });
});
