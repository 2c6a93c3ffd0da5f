import { Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { AppError, messageOf } from '../../domain/errors.ts';
import type { DispatchQueue } from '../../ports/dispatch-queue.ts';
import type { Log } from '../../ports/log.ts';
import {
  createBullmqQueue,
  type EntryQueue,
  type EntryWorker,
  QUEUE_NAME,
} from './bullmq-queue.ts';

export interface RedisQueueOptions {
  /** `redis://…` or `rediss://…`; Redis 6.2 or newer. */
  readonly url: string;
  readonly log: Log;
  /** In front of every key, so that several installations may share a server. */
  readonly prefix?: string;
}

const LAST_RECONNECT_MS = 2_000;

/** The dispatch queue in Redis. Throws `AppError('queue-down')` when it does not answer now. */
export async function openRedisQueue(options: RedisQueueOptions): Promise<DispatchQueue> {
  const { url, log, prefix = 'runnerhub' } = options;
  const connections: Redis[] = [];
  const open = (more: RedisOptions) => {
    const redis = new Redis(url, {
      connectTimeout: 5_000,
      retryStrategy: (attempt) => Math.min(attempt * 100, LAST_RECONNECT_MS),
      lazyConnect: true,
      ...more,
    });
    redis.on('error', (error) => log.debug('redis connection lost', { error: messageOf(error) }));
    connections.push(redis);
    return redis;
  };
  const first = open({ maxRetriesPerRequest: 1 });
  await connect(first);
  return createBullmqQueue(
    {
      createQueue: (settings): EntryQueue =>
        new Queue(QUEUE_NAME, { ...settings, prefix, connection: first }),
      createWorker: (handle, settings): EntryWorker => {
        const connection = open({ maxRetriesPerRequest: null });
        return new Worker(QUEUE_NAME, handle, { ...settings, prefix, connection });
      },
      ping: async () => {
        await first.ping();
      },
      close: async () => {
        for (const connection of connections) connection.disconnect();
      },
    },
    log,
  );
}

async function connect(redis: Redis): Promise<void> {
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    const detail = `Redis does not answer: ${messageOf(error)}`;
    throw new AppError('queue-down', detail, { cause: error, retryable: true });
  }
}
