import type { Request } from 'express';
import { param } from '../http/request.ts';
import type { ScaleSet } from '../state/scale-set-model.ts';
import type { Store } from '../state/store.ts';
import { tenantOf } from '../tenant/caller.ts';
import { tenantError } from '../tenant/tenant-error.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';

interface Deps {
  readonly store: Store;
  readonly tokens: AccessTokens;
}

export const scaleSetsOf = ({ scaleSets }: Store, scope: string): readonly ScaleSet[] =>
  [...scaleSets.values()].filter((set) => set.scope.toLowerCase() === scope.toLowerCase());

/** The set that the path names, which must belong to the tenant of the token. */
export async function findScaleSet({ store, tokens }: Deps, request: Request): Promise<ScaleSet> {
  const { scope } = await tenantOf(tokens, request);
  const id = param(request, 'id');
  const set = scaleSetsOf(store, scope).find((each) => String(each.id) === id);
  if (set === undefined) throw noSuchScaleSet(id);
  store.scaleSets.touch(set.id);
  return set;
}

export const noSuchScaleSet = (id: string) =>
  tenantError(404, 'RunnerScaleSetNotFoundException', `Runner scale set ${id} was not found`);
