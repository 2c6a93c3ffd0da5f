import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresQueue } from '../../src/adapters/queue/open-postgres-queue.ts';
import { openRedisQueue } from '../../src/adapters/queue/open-redis-queue.ts';
import { defineDispatchQueueContract } from '../contract/define-dispatch-queue.ts';
import { startServer } from '../support/embedded-server.ts';
import { createRecordingLog } from '../support/logs.ts';
import { startRedis } from '../support/redis-server.ts';

let postgres: Awaited<ReturnType<typeof startServer>>;
let redis: Awaited<ReturnType<typeof startRedis>>;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startServer(), startRedis()]);
});
afterAll(async () => {
  await redis.stop();
  await postgres.stop();
});

defineDispatchQueueContract('PostgreSQL', async () =>
  openPostgresQueue({ url: await postgres.createDatabase(), log: createRecordingLog() }),
);

defineDispatchQueueContract('Redis', async () => {
  await redis.flush();
  return openRedisQueue({ url: redis.url, log: createRecordingLog() });
});

describe('a queue whose store is down', () => {
  it('says so', async () => {
    const log = createRecordingLog();
    const down = { code: 'queue-down', retryable: true };
    await expect(openRedisQueue({ url: 'redis://127.0.0.1:1', log })).rejects.toMatchObject(down);
    await expect(
      openPostgresQueue({ url: 'postgres://nobody@127.0.0.1:1/none', log }),
    ).rejects.toMatchObject(down);
  });
});
