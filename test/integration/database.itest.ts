import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HubDatabase } from '../../src/adapters/database/open-database.ts';
import { instanceId, jobIdOf, runnerId } from '../../src/domain/ids.ts';
import { defineJobLedgerContract } from '../contract/define-job-ledger.ts';
import { openTestDatabase, query, startServer } from '../support/embedded-server.ts';
import { eventually } from '../support/eventually.ts';
import { aDelivery, aReport, aRunner } from '../support/ledger-builders.ts';

const journal: { entries: unknown[] } = JSON.parse(
  readFileSync('src/adapters/database/migrations/meta/_journal.json', 'utf8'),
);

let server: Awaited<ReturnType<typeof startServer>>;
let url: string;
let db: HubDatabase;

const TABLES = 'jobs, job_steps, deliveries, outbox, runners, instances, settings';

beforeAll(async () => {
  server = await startServer();
  url = await server.createDatabase();
  await (await openTestDatabase(url)).close();
});
afterAll(() => server.stop());

const openEmpty = async () => {
  await query(url, `truncate ${TABLES}`);
  return openTestDatabase(url);
};

defineJobLedgerContract('PostgreSQL', openEmpty);

describe('database', () => {
  beforeEach(async () => {
    db = await openEmpty();
  });
  afterEach(() => db.close());

  it('is migrated once by instances that start together', async () => {
    const fresh = await server.createDatabase();
    const opened = await Promise.all([1, 2, 3].map(() => openTestDatabase(fresh)));
    const { rows } = await query(
      fresh,
      'select count(*)::int as n from drizzle.__drizzle_migrations',
    );
    expect(rows).toEqual([{ n: journal.entries.length }]);
    await Promise.all(opened.map((each) => each.close()));
  });

  it('keeps the raw payload of a delivery', async () => {
    const payload = '{"a": "\\u0000 ü"}';
    await db.ledger.recordDelivery(aDelivery({ event: 'push', payload }), null);
    expect((await query(url, 'select event, payload, job from deliveries')).rows).toEqual([
      { event: 'push', payload, job: null },
    ]);
  });

  it('stores nothing of a delivery whose job cannot be stored', async () => {
    const broken = aReport(1, 'queued', { name: 'null \0 character' });
    await expect(db.ledger.recordDelivery(aDelivery(), broken)).rejects.toMatchObject({
      code: 'internal',
      message: expect.not.stringContaining('params'),
    });
    const { rows } = await query(url, 'select 1 from deliveries union all select 1 from outbox');
    expect(rows).toEqual([]);
  });

  it('keeps runners', async () => {
    const { runners } = db;
    const second = aRunner('b', { createdAt: '2026-01-01T00:00:03.000Z' });
    await runners.add(second);
    await runners.add(aRunner('a'));
    expect(await runners.live()).toEqual([aRunner('a'), second]);
    await runners.update(runnerId('a'), {
      state: 'busy',
      githubId: 7,
      job: jobIdOf(1),
      ticket: 't',
    });
    expect(await runners.get(runnerId('a'))).toEqual(
      aRunner('a', { state: 'busy', githubId: 7, job: jobIdOf(1), ticket: 't' }),
    );
    await runners.update(runnerId('a'), { state: 'gone', ticket: null });
    expect(await runners.live()).toEqual([second]);
    expect(await runners.get(runnerId('none'))).toBeNull();
  });

  it('gives each lapsed lease to one caller', async () => {
    const { leases } = db;
    await leases.renew(instanceId('dead'), -1);
    await leases.renew(instanceId('alive'), 60_000);
    await leases.renew(instanceId('alive'), 60_000);
    expect(await leases.alive()).toEqual(['hub_alive']);
    const taken = await Promise.all([1, 2, 3].map(() => leases.takeLapsed()));
    expect(taken.flat()).toEqual(['hub_dead']);
    await leases.release(instanceId('alive'));
    expect(await leases.alive()).toEqual([]);
  });

  it('names an installation once', async () => {
    const names = await Promise.all([1, 2, 3].map(() => db.settings.installationId()));
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(/^[0-9a-f]{12}$/);
    await db.settings.set('x', { deep: [1] });
    expect(await db.settings.get('x')).toEqual({ deep: [1] });
    expect(await db.settings.get('y')).toBeUndefined();
  });

  it('lets one at a time through an exclusion, also among instances', async () => {
    const other = await openTestDatabase(url);
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await db.ping();
      inside--;
    };
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? db : other).exclusion.run('x', work)),
    );
    expect(most).toBe(1);
    const failing = db.exclusion.run('x', () => Promise.reject(new Error('mine')));
    await expect(failing).rejects.toThrow('mine');
    await other.exclusion.run('x', work);
    await other.close();
  });

  it('hears of the outbox again after its connection was cut', async () => {
    const never = new AbortController().signal;
    await db.outbox.wait(500, never);
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'runnerhub listener' and datname = current_database()`;
    await query(url, cut);
    // The new connection wakes the wait by itself, since it may have missed something.
    await db.outbox.wait(10_000, never);
    const woken = db.outbox.wait(30_000, never);
    await db.ledger.recordDelivery(aDelivery(), aReport(1));
    await woken;
    await eventually(() => db.outbox.depth().then((depth) => depth === 1), 'the entry');
  });

  it('says that the database is down', async () => {
    const down = { code: 'database-down', retryable: true };
    await expect(openTestDatabase('postgres://x@127.0.0.1:1/x')).rejects.toMatchObject(down);
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
    await query(url, cut);
    await eventually(() => db.ping().then(() => true), 'the connection to come back');
  });
});
