import { type Address, type StandinClock, wireTime } from '../dependencies.ts';
import { groupOfRunner } from '../state/runner-groups.ts';
import type { ScaleSet } from '../state/scale-set-model.ts';
import type { Store } from '../state/store.ts';
import { tenantUrl } from '../tenant/url.ts';
import { statisticsOf } from './statistics.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
}

export const scaleSetUrl = (address: Address, { id }: ScaleSet): string =>
  `${tenantUrl(address)}_apis/runtime/runnerscalesets/${id}`;

/** A scale set on the wire; `RunnerSetting` really has a capital letter (protocol H.2). */
export const scaleSetJson = ({ store, clock, address }: Deps, set: ScaleSet) => ({
  id: set.id,
  name: set.name,
  runnerGroupId: set.groupId,
  runnerGroupName: groupOfRunner(store, set)?.name ?? 'Default',
  labels: set.labels.map(({ type, name }, index) => ({ id: index + 1, name, type })),
  RunnerSetting: { disableUpdate: set.disableUpdate },
  createdOn: wireTime(set.createdAt),
  runnerJitConfigUrl: `${scaleSetUrl(address, set)}/generatejitconfig`,
  statistics: statisticsOf(store, clock, set),
});
