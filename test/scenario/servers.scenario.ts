import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { startServer } from '../support/embedded-server.ts';
import { startRedis } from '../support/redis-server.ts';
import { createWorkspace } from '../support/workspace.ts';

it('the same program uses the PostgreSQL and the Redis that it is pointed at', async () => {
  using workspace = createWorkspace();
  const postgres = await startServer();
  const redis = await startRedis();
  try {
    const url = await postgres.createDatabase();
    const env = { ...workspace.env, DATABASE_URL: url, REDIS_URL: redis.url };
    const { code, stdout } = await runCommand(['demo', '--once'], { env });
    expect(stdout).toContain('All 5 jobs ended as expected.');
    expect(code).toBe(0);
    expect(existsSync(path.join(workspace.dir, 'data', 'postgres'))).toBe(false);
    expect(await leftovers(workspace.dir)).toEqual([]);
  } finally {
    await redis.stop();
    await postgres.stop();
  }
});
