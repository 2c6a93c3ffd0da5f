import { wireTime } from '../../dependencies.ts';
import { missingField, notFound } from '../../http/refusal.ts';
import { query } from '../../http/request.ts';
import { cacheName } from '../../results/blobs.ts';
import { type CacheEntry, fullName } from '../../state/model.ts';
import { numberOf, repositoryOf } from '../lookup.ts';
import { type Answer, type Call, listed, noContent, type Operation, ok } from '../operation.ts';

const ACTIONS = '/repos/{owner}/{repo}/actions';

/** Entries of the cache service. */
export const CACHE_OPERATIONS: readonly Operation[] = [
  {
    id: 'actions/get-actions-cache-usage',
    method: 'GET',
    path: `${ACTIONS}/cache/usage`,
    access: 'actions=read',
    answer: async (call) => {
      const entries = await sized(call, entriesOf(call));
      return ok({
        full_name: fullName(repositoryOf(call)),
        active_caches_size_in_bytes: entries.reduce((sum, { size }) => sum + size, 0),
        active_caches_count: entries.length,
      });
    },
  },
  {
    id: 'actions/get-actions-cache-list',
    method: 'GET',
    path: `${ACTIONS}/caches`,
    access: 'actions=read',
    answer: list,
  },
  {
    id: 'actions/delete-actions-cache-by-key',
    method: 'DELETE',
    path: `${ACTIONS}/caches`,
    access: 'actions=write',
    answer: removeByKey,
  },
  {
    id: 'actions/delete-actions-cache-by-id',
    method: 'DELETE',
    path: `${ACTIONS}/caches/{cache_id}`,
    access: 'actions=write',
    answer: async (call) => {
      const entry = entriesOf(call).find(({ id }) => id === numberOf(call, 'cache_id'));
      if (entry === undefined) throw notFound();
      await remove(call, entry);
      return noContent();
    },
  },
];

const entriesOf = (call: Call): readonly CacheEntry[] => {
  const repository = repositoryOf(call);
  return [...call.world.store.caches.values()]
    .filter((entry) => entry.repository === repository && entry.complete)
    .reverse();
};

type Sized = CacheEntry & { readonly size: number };

const sized = ({ world: { blobs } }: Call, entries: readonly CacheEntry[]) =>
  Promise.all(
    entries.map(async (entry): Promise<Sized> => {
      return { ...entry, size: (await blobs.sizeOf(cacheName(entry.id))) ?? 0 };
    }),
  );

async function list(call: Call): Promise<Answer> {
  const { request } = call;
  const key = query(request, 'key') ?? '';
  const ref = query(request, 'ref');
  const entries = await sized(
    call,
    entriesOf(call).filter(
      (entry) => entry.key.startsWith(key) && (ref === undefined || entry.ref === ref),
    ),
  );
  const bySize = query(request, 'sort') === 'size_in_bytes';
  const sign = query(request, 'direction') === 'asc' ? 1 : -1;
  const inOrder = entries.toSorted((a, b) => sign * (bySize ? a.size - b.size : a.id - b.id));
  return listed(call, 'actions_caches', inOrder, cacheJson);
}

/** It is not noted when an entry was read last; the job that made it tells when that was. */
const cacheJson = ({ id, ref, key, version, size, job }: Sized) => {
  const created = wireTime(job.startedAt ?? job.createdAt);
  return {
    ...{ id, ref, key, version, size_in_bytes: size },
    created_at: created,
    last_accessed_at: created,
  };
};

async function removeByKey(call: Call): Promise<Answer> {
  const key = query(call.request, 'key');
  const ref = query(call.request, 'ref');
  if (key === undefined) throw missingField('Cache', 'key');
  const wanted = entriesOf(call).filter(
    (entry) => entry.key === key && (ref === undefined || entry.ref === ref),
  );
  if (wanted.length === 0) throw notFound();
  const entries = await sized(call, wanted);
  for (const entry of wanted) await remove(call, entry);
  return ok({ total_count: entries.length, actions_caches: entries.map(cacheJson) });
}

async function remove({ world: { store, blobs } }: Call, { id }: CacheEntry): Promise<void> {
  store.caches.delete(id);
  await blobs.remove(cacheName(id));
}
