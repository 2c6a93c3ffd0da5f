import type pg from 'pg';
import type { Exclusion } from '../../ports/exclusion.ts';
import { guarded } from './database-errors.ts';

const LOCK_TIMEOUT_MS = 30_000;

/**
 * Turns by advisory locks that end with their transaction. Callers of this instance queue up here
 * first, so that at most one connection per name waits in the database.
 */
export function createExclusion(pool: pg.Pool): Exclusion {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run: (name, work) => {
      const turn = (tails.get(name) ?? Promise.resolve()).then(() => underLock(pool, name, work));
      const settled = turn.catch(() => undefined);
      tails.set(name, settled);
      void settled.then(() => {
        if (tails.get(name) === settled) tails.delete(name);
      });
      return turn;
    },
  };
}

async function underLock<T>(pool: pg.Pool, name: string, work: () => Promise<T>): Promise<T> {
  const client = await guarded(() => pool.connect());
  let isBroken = false;
  const onError = () => {
    isBroken = true;
  };
  client.on('error', onError);
  try {
    await guarded(async () => {
      await client.query(`begin; set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await client.query('select pg_advisory_xact_lock(hashtext($1), hashtext($2))', [
        'runnerhub',
        name,
      ]);
    });
    return await work();
  } finally {
    await client.query('rollback').catch(onError);
    client.off('error', onError);
    client.release(isBroken);
  }
}
