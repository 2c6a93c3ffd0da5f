import { Router } from 'express';
import { query } from '../http/request.ts';
import { DEFAULT_GROUP_ID, groupsOf, scopeKind } from '../state/runner-groups.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import { tenantOf } from './caller.ts';
import { tenantError } from './tenant-error.ts';

interface Deps {
  readonly store: Store;
  readonly tokens: AccessTokens;
}

interface Pool {
  readonly id: number;
  readonly name: string;
  readonly isDefault: boolean;
}

/** Runner groups are pools here; a repository has the default one only. */
export const poolsOf = (store: Store, scope: string): readonly Pool[] =>
  scopeKind(scope) === 'repository'
    ? [{ id: DEFAULT_GROUP_ID, name: 'Default', isDefault: true }]
    : groupsOf(store, scope);

export function poolOf(store: Store, scope: string, id: string): Pool {
  const pool = poolsOf(store, scope).find((each) => String(each.id) === id);
  if (pool !== undefined) return pool;
  throw tenantError(404, 'TaskAgentPoolNotFoundException', `No pool found with identifier ${id}.`);
}

/** The pools that `config.sh` offers (protocol A.3). */
export function poolRoutes({ store, tokens }: Deps): Router {
  const router = Router();
  router.get('/_apis/distributedtask/pools', async (request, response) => {
    const { scope } = await tenantOf(tokens, request);
    const name = query(request, 'poolName');
    const value = poolsOf(store, scope)
      .filter((pool) => name === undefined || pool.name.toLowerCase() === name.toLowerCase())
      .map((pool) => ({
        ...{ id: pool.id, name: pool.name, poolType: 'automation', size: 0 },
        ...{ isHosted: false, isInternal: pool.isDefault, isLegacy: false },
      }));
    response.json({ count: value.length, value });
  });
  return router;
}
