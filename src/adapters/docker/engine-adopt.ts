import type { ContainerId, InstanceId } from '../../domain/ids.ts';
import type { ContainerSpec } from '../../ports/container-engine.ts';
import { type CreateDeps, originOf, planUnit } from './engine-create.ts';
import { asking, statusOf } from './engine-errors.ts';
import { LABELS } from './engine-layout.ts';
import { ownerOf } from './engine-owner.ts';

/**
 * Takes over a running container that `from` had made, if it is what `spec` makes now: the same
 * image, options and node runtimes, with nothing beside it. The new owner is written into its name,
 * for labels cannot change. The caller sees to it that no two hubs try at once.
 */
export async function adoptUnit(
  deps: CreateDeps,
  id: ContainerId,
  from: InstanceId,
  spec: ContainerSpec,
): Promise<boolean> {
  const container = deps.docker.getContainer(id);
  const found = await asking('looking at a container', () => container.inspect()).catch(
    (error: unknown) => {
      if (statusOf(error) === 404) return null;
      throw error;
    },
  );
  if (found?.State.Running !== true) return false;
  const { Labels } = found.Config;
  const unit = Labels[LABELS.unit];
  if (unit === undefined || ownerOf(found.Name, Labels) !== from) return false;
  if (Labels[LABELS.template] !== (await planUnit(deps, spec)).template) return false;
  const label = [`${LABELS.unit}=${unit}`, LABELS.part];
  const beside = await asking('looking beside a container', () =>
    deps.docker.listContainers({ all: true, filters: { label } }),
  );
  if (beside.length > 0) return false;
  const name = `${unit}.${spec.instance.replace(/^hub_/, '')}`;
  await asking('taking over a container', () => container.rename({ name }));
  await deps.guard.ensure(spec.image, originOf(deps, spec));
  return true;
}
