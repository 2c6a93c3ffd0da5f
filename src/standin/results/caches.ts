import type { Router } from 'express';
import { z } from 'zod';
import type { StandinClock } from '../dependencies.ts';
import { twirpError } from '../http/refusal.ts';
import { type CacheEntry, cacheRefs, type Job, type Repository, type Run } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { cacheName } from './blobs.ts';
import { evicted } from './cache-eviction.ts';
import { createTwirp, type TwirpDeps } from './twirp.ts';

const SERVICE = '/twirp/github.actions.results.api.v1.CacheService';

const key = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^,]*$/, 'must have no comma');
const entry = z.looseObject({ key, version: z.string().min(1) });
const finalize = entry.extend({ size_bytes: z.coerce.number() });
const lookup = entry.extend({ restore_keys: z.array(z.string()).max(9).default([]) });

interface Deps extends TwirpDeps {
  readonly clock: StandinClock;
}

/** Caches, version 2: Twirp beside the blob storage (protocol F.7). */
export function cacheServiceRoutes(deps: Deps): Router {
  const { store, clock, blobs } = deps;
  const { router, method } = createTwirp(deps, 'job');

  method(`${SERVICE}/CreateCacheEntry`, entry, async ({ job, body, base }) => {
    const { id } = await reserve(deps, job, body);
    const path = blobs.signedPath(cacheName(id), 'rw');
    return { ok: true, signed_upload_url: `${base}${path}`, message: '' };
  });
  method(`${SERVICE}/FinalizeCacheEntryUpload`, finalize, async ({ job, body }) => {
    const found = [...store.caches.values()].find(
      (each) => each.job === job && isSame(each, job, body) && !each.complete,
    );
    const size = found && (await blobs.sizeOf(cacheName(found.id)));
    if (found === undefined || size !== body.size_bytes) {
      return { ok: false, entry_id: '0', message: 'there is no upload of this key and size' };
    }
    const limit = store.settings.cacheLimitBytes;
    if (size > limit) {
      const message = `Cache size of ${size} bytes is over the limit of ${limit} bytes`;
      return { ok: false, entry_id: '0', message };
    }
    blobs.seal(cacheName(found.id));
    Object.assign(found, { complete: true, size, usedAt: clock.now() });
    store.caches.touch(found.id);
    await makeRoom(deps, found.repository);
    return { ok: true, entry_id: String(found.id), message: '' };
  });
  method(`${SERVICE}/GetCacheEntryDownloadURL`, lookup, ({ job, body, base }) => {
    const found = findEntry(store, job.run, [body.key, ...body.restore_keys], body.version);
    if (found === null) return { ok: false, signed_download_url: '', matched_key: '' };
    found.usedAt = clock.now();
    store.caches.touch(found.id);
    const path = blobs.signedPath(cacheName(found.id), 'r');
    return { ok: true, signed_download_url: `${base}${path}`, matched_key: found.key };
  });
  return router;
}

const isSame = (other: CacheEntry, { run }: Job, wanted: z.infer<typeof entry>): boolean =>
  other.repository === run.repository &&
  other.ref === run.ref &&
  other.key === wanted.key &&
  other.version === wanted.version;

/** An entry is written once; a reservation of a job that has ended is taken over. */
async function reserve(
  { store, clock, blobs }: Deps,
  job: Job,
  wanted: z.infer<typeof entry>,
): Promise<CacheEntry> {
  const other = [...store.caches.values()].find((each) => isSame(each, job, wanted));
  if (other !== undefined && (other.complete || other.job.status !== 'completed')) {
    const message = 'cache entry with the same key, version, and scope already exists';
    throw twirpError(409, 'already_exists', message);
  }
  const made: CacheEntry = {
    ...{ id: store.nextId(), repository: job.run.repository, ref: job.run.ref },
    ...{ key: wanted.key, version: wanted.version, job, complete: false },
    ...{ createdAt: clock.now(), usedAt: clock.now(), size: 0 },
  };
  store.caches.set(made.id, made);
  if (other !== undefined) {
    store.caches.delete(other.id);
    // Last, so that nobody comes between the look and the entry.
    await blobs.remove(cacheName(other.id));
  }
  return made;
}

/** Removes what the repository may no longer keep. */
async function makeRoom({ store, clock, blobs }: Deps, repository: Repository): Promise<void> {
  const entries = [...store.caches.values()].filter(
    (each) => each.repository === repository && each.complete,
  );
  for (const { id } of evicted(entries, store.settings.cacheLimitBytes, clock.now())) {
    store.caches.delete(id);
    await blobs.remove(cacheName(id));
  }
}

/** Ref by ref and key by key: the entry of this very key, else the newest whose key begins with it. */
function findEntry(
  store: Store,
  run: Run,
  keys: readonly string[],
  version: string,
): CacheEntry | null {
  const newestFirst = [...store.caches.values()].reverse();
  for (const ref of cacheRefs(run)) {
    const entries = newestFirst.filter(
      (each) =>
        each.complete &&
        each.repository === run.repository &&
        each.ref === ref &&
        each.version === version,
    );
    for (const wanted of keys) {
      const exact = entries.find((each) => each.key === wanted);
      const found = exact ?? entries.find((each) => each.key.startsWith(wanted));
      if (found !== undefined) return found;
    }
  }
  return null;
}
