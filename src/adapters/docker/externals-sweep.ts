import type Dockerode from 'dockerode';
import type { Clock } from '../../ports/clock.ts';
import { asking, tolerating } from './engine-errors.ts';
import { LABELS } from './engine-layout.ts';

interface SweepDeps {
  readonly docker: Dockerode;
  readonly clock: Clock;
}

const HOUR_MS = 3_600_000;
/** What a hub was filling this long ago, it no longer fills. */
const ABANDONED_MS = HOUR_MS;
/** Another version may be that of another hub which has no container at the moment. */
const OUTDATED_MS = 24 * HOUR_MS;

/**
 * Removes versions that no container uses, and what a killed hub left half done. `current` is the
 * version that this hub uses.
 */
export async function sweepExternals(deps: SweepDeps, current: string): Promise<void> {
  await removeAbandonedContainers(deps);
  const { Volumes } = await asking('listing volumes', () =>
    deps.docker.listVolumes({ filters: { label: [LABELS.externals] } }),
  );
  const volumes = (Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels }));
  const targets = new Set<string | undefined>();
  for (const { name, labels } of volumes) {
    const target = labels[LABELS.externalsVolume];
    targets.add(target);
    if (target === undefined || labels[LABELS.externals] === current) continue;
    if (!isOld(deps, madeAt(labels), OUTDATED_MS)) continue;
    // The pointer last: without its volume it is as good as none.
    if (await removeVolume(deps, target)) await removeVolume(deps, name);
  }
  for (const { name, labels } of volumes) {
    if (labels[LABELS.externalsVolume] !== undefined || targets.has(name)) continue;
    if (isOld(deps, madeAt(labels), ABANDONED_MS)) await removeVolume(deps, name);
  }
}

async function removeAbandonedContainers(deps: SweepDeps): Promise<void> {
  const { docker } = deps;
  const containers = await asking('listing containers', () =>
    docker.listContainers({ all: true, filters: { label: [LABELS.externals] } }),
  );
  for (const { Id, Created } of containers) {
    if (isOld(deps, Created * 1000, ABANDONED_MS)) await removeFilling(docker.getContainer(Id));
  }
}

const madeAt = (labels: Readonly<Record<string, string>>): number =>
  Date.parse(labels[LABELS.createdAt] ?? '');

/** Also when nobody says how old it is. */
const isOld = ({ clock }: SweepDeps, since: number, ms: number): boolean =>
  !(clock.now() - since < ms);

/** 409: a container uses it. */
export const removeVolume = ({ docker }: SweepDeps, name: string): Promise<boolean> =>
  tolerating('removing a volume', [404, 409], () => docker.getVolume(name).remove());

export const removeFilling = (container: Dockerode.Container): Promise<boolean> =>
  tolerating('removing a container', [404, 409], () => container.remove({ force: true }));
