import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Address, StandinClock, StandinLog } from '../dependencies.ts';
import { bodyOf, query } from '../http/request.ts';
import { removeRunner } from '../scheduler/conclude.ts';
import type { Offers } from '../scheduler/offers.ts';
import { wakeSession } from '../state/open-polls.ts';
import { DEFAULT_GROUP_ID } from '../state/runner-groups.ts';
import type { ScaleSet } from '../state/scale-set-model.ts';
import type { Store } from '../state/store.ts';
import { tenantOf } from '../tenant/caller.ts';
import { poolOf, poolsOf } from '../tenant/pools.ts';
import { invalidRequest, tenantError } from '../tenant/tenant-error.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import type { Assignments } from './assignments.ts';
import { findScaleSet, scaleSetsOf } from './find.ts';
import { scaleSetJson } from './scale-set-json.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly log: StandinLog;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly offers: Offers;
  readonly assignments: Assignments;
}

const setting = z.looseObject({ disableUpdate: z.boolean().nullish() });
const body = z.looseObject({
  name: z.string().min(1).nullish(),
  runnerGroupId: z.number().int().nullish(),
  labels: z
    .array(z.looseObject({ name: z.string().min(1).max(256), type: z.string().default('System') }))
    .nullish(),
  RunnerSetting: setting.nullish(),
  runnerSetting: setting.nullish(),
});
type Body = z.infer<typeof body>;

/** Scale sets themselves: made, found, changed, removed (protocol H.2). */
export function scaleSetRoutes(deps: Deps): Router {
  const { store, tokens, log } = deps;
  const router = Router();
  const base = '/_apis/runtime/runnerscalesets';
  router.get(base, async (request, response) => {
    const { scope } = await tenantOf(tokens, request);
    const found = scaleSetsOf(store, scope).filter((set) => isWanted(request, set));
    const value = found.map((set) => scaleSetJson(deps, set));
    response.json({ count: value.length, value });
  });
  router.post(base, async (request, response) => {
    const { scope } = await tenantOf(tokens, request);
    const set = create(deps, scope, bodyOf(request, body, invalidRequest));
    log.info('scale set made', { scaleSet: set.name, scope });
    response.json(scaleSetJson(deps, set));
  });
  router.get(`${base}/:id`, async (request, response) => {
    response.json(scaleSetJson(deps, await findScaleSet(deps, request)));
  });
  router.patch(`${base}/:id`, async (request, response) => {
    const set = await findScaleSet(deps, request);
    change(deps, set, bodyOf(request, body, invalidRequest));
    response.json(scaleSetJson(deps, set));
  });
  router.delete(`${base}/:id`, async (request, response) => {
    remove(deps, await findScaleSet(deps, request));
    response.status(204).end();
  });
  router.get('/_apis/runtime/runnergroups', async (request, response) => {
    const { scope } = await tenantOf(tokens, request);
    const value = runnerGroups(store, scope, query(request, 'groupName'));
    response.json({ count: value.length, value });
  });
  return router;
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

function isWanted(request: Request, { name, groupId }: ScaleSet): boolean {
  const wantedName = query(request, 'name') ?? name;
  const wantedGroup = query(request, 'runnerGroupId') ?? String(groupId);
  return isSame(wantedName, name) && wantedGroup === String(groupId);
}

/** The runner groups of a scope, with how many scale sets each has. */
const runnerGroups = (store: Store, scope: string, name: string | undefined) =>
  poolsOf(store, scope)
    .filter((group) => name === undefined || isSame(group.name, name))
    .map((group) => ({
      id: group.id,
      name: group.name,
      size: scaleSetsOf(store, scope).filter(({ groupId }) => groupId === group.id).length,
      isDefaultGroup: group.isDefault,
    }));

function create(deps: Deps, scope: string, wanted: Body): ScaleSet {
  const { store, clock, assignments } = deps;
  const name = wanted.name ?? wanted.labels?.[0]?.name;
  if (name === undefined) throw invalidRequest('name: a scale set must have a name or a label');
  const groupId = wanted.runnerGroupId ?? DEFAULT_GROUP_ID;
  poolOf(store, scope, String(groupId));
  refuseTaken(store, { scope, groupId, name });
  const set: ScaleSet = {
    ...{ id: store.nextSmallId(), scope, name, groupId, createdAt: clock.now() },
    labels: wanted.labels ?? [{ type: 'System', name }],
    disableUpdate: settingOf(wanted)?.disableUpdate ?? false,
    ...{ session: null, capacity: null, events: [], messages: [], lastMessageId: 0 },
  };
  store.scaleSets.set(set.id, set);
  assignments.announceAll();
  return set;
}

const settingOf = ({ RunnerSetting, runnerSetting }: Body) => RunnerSetting ?? runnerSetting;

function change({ store, assignments }: Deps, set: ScaleSet, wanted: Body): void {
  const [name, groupId] = [wanted.name ?? set.name, wanted.runnerGroupId ?? set.groupId];
  poolOf(store, set.scope, String(groupId));
  refuseTaken(store, { scope: set.scope, groupId, name }, set);
  set.name = name;
  set.groupId = groupId;
  set.labels = wanted.labels ?? set.labels;
  set.disableUpdate = settingOf(wanted)?.disableUpdate ?? set.disableUpdate;
  assignments.announceAll();
}

function refuseTaken(
  store: Store,
  { scope, groupId, name }: Pick<ScaleSet, 'scope' | 'groupId' | 'name'>,
  itself?: ScaleSet,
): void {
  const taken = scaleSetsOf(store, scope).some(
    (set) => set !== itself && set.groupId === groupId && isSame(set.name, name),
  );
  if (!taken) return;
  const message = `Runner scale set ${name} already exists in runner group ${groupId}`;
  throw tenantError(409, 'RunnerScaleSetExistsException', message);
}

/** Its idle runners go with it; one that has a job finishes the job. */
function remove({ store, offers, assignments, log }: Deps, set: ScaleSet): void {
  store.scaleSets.delete(set.id);
  const { session } = set;
  set.session = null;
  wakeSession(session);
  for (const runner of [...store.runners.values()]) {
    if (runner.scaleSetId === set.id && runner.jobId === null) removeRunner(store, offers, runner);
  }
  assignments.release(set);
  log.info('scale set removed', { scaleSet: set.name });
}
