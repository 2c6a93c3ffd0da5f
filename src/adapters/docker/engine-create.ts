import { createHash, randomBytes } from 'node:crypto';
import type Dockerode from 'dockerode';
import { AppError } from '../../domain/errors.ts';
import { type HardeningSwitches, switchesOf } from '../../domain/hardening.ts';
import type { Clock } from '../../ports/clock.ts';
import { isoNow } from '../../ports/clock.ts';
import type { ContainerSpec } from '../../ports/container-engine.ts';
import type { Log } from '../../ports/log.ts';
import { containerOptions } from './container-options.ts';
import { asking, dockerError, tolerating } from './engine-errors.ts';
import type { Externals } from './engine-externals.ts';
import type { MakeFolders } from './engine-folders.ts';
import { LABELS } from './engine-layout.ts';
import type { Networks } from './engine-networks.ts';
import { type StandinPlace, standinAccess } from './engine-standin.ts';
import type { EngineTraits } from './engine-traits.ts';
import type { HostGuard } from './host-guard.ts';
import { openJobNetwork } from './job-network.ts';
import { removeParts } from './job-parts.ts';

export interface CreateDeps {
  readonly docker: Dockerode;
  readonly networks: Networks;
  readonly externals: Externals;
  readonly clock: Clock;
  readonly log: Log;
  readonly standin: StandinPlace | null;
  /** The network through which proxies of jobs lead outside. */
  readonly outside: string;
  readonly makeFolders: MakeFolders;
  readonly traits: () => Promise<EngineTraits>;
  readonly guard: HostGuard;
}

export interface Unit {
  readonly id: string;
  /** Name of the container and of its network. */
  readonly name: string;
}

/** Raise it when what is done to a container after its creation changes. */
const SETUP_VERSION = 1;
const TEMPLATE_CHARS = 24;

/** What a container of this spec is made of now. */
export interface UnitPlan {
  /** Id of the image. */
  readonly image: string;
  readonly switches: HardeningSwitches;
  readonly externals: Dockerode.MountSettings | null;
  /** Names all of it: image, options, runtimes, walls. Containers of the same template are alike. */
  readonly template: string;
}

export async function planUnit(deps: CreateDeps, spec: ContainerSpec): Promise<UnitPlan> {
  const [{ Architecture, Id }, traits] = await Promise.all([
    asking('looking for the image', () => deps.docker.getImage(spec.image).inspect()),
    deps.traits(),
  ]);
  const switches = switchesOf(spec.walls, traits.rootIsContained());
  const externals = await deps.externals.mountFor({ name: spec.image, architecture: Architecture });
  const standin = standinAccess(deps.standin);
  const place = { address: null, dns: [] };
  const options = containerOptions({
    ...{ name: '', labels: {}, spec, switches, externals, standin, place },
  });
  const { egress, allow, diskMb } = spec.walls;
  const content = JSON.stringify([SETUP_VERSION, Id, spec.user, egress, allow, diskMb, options]);
  const template = createHash('sha256').update(content).digest('hex').slice(0, TEMPLATE_CHARS);
  return { image: Id, switches, externals, template };
}

/** The labels that say whose something is. */
export const originOf = (
  { clock }: Pick<CreateDeps, 'clock'>,
  spec: ContainerSpec,
): Record<string, string> => ({
  [LABELS.installation]: spec.installation,
  [LABELS.instance]: spec.instance,
  [LABELS.pool]: spec.pool,
  [LABELS.createdAt]: isoNow(clock),
});

/** Makes network and container, starts it and prepares its folders; on failure removes all of it. */
export async function createUnit(deps: CreateDeps, spec: ContainerSpec): Promise<Unit> {
  const name = `rh-${randomBytes(6).toString('hex')}`;
  const origin = originOf(deps, spec);
  const { diskMb } = spec.walls;
  const labels = {
    ...{ ...origin, [LABELS.unit]: name, [LABELS.user]: spec.user },
    ...(diskMb === undefined ? {} : { [LABELS.diskMb]: String(diskMb) }),
  };
  const planning = planUnit(deps, spec);
  const mounting = planning.then(({ externals }) => externals);
  const guarding = planning.then(() => deps.guard.ensure(spec.image, origin));
  // Their failure is met below, once the network is made.
  mounting.catch(() => undefined);
  guarding.catch(() => undefined);
  try {
    const { access, ...place } = await openJobNetwork(deps, { name, spec, labels, mounting });
    const { image, switches, externals, template } = await planning;
    await guarding;
    const named = { ...labels, [LABELS.template]: template };
    const parts = { name, spec, labels: named, switches, externals, standin: access, place };
    const container = await asking('making a container', () =>
      deps.docker.createContainer(containerOptions(parts)),
    );
    await asking('starting a container', () => container.start());
    const { readOnlyRoot } = switches;
    await deps.makeFolders({ container, image, user: spec.user, readOnlyRoot });
    return { id: container.id, name };
  } catch (error) {
    await removeUnit(deps, name, name).catch((cleanup: unknown) => {
      const detail = dockerError('cleaning up', cleanup).message;
      deps.log.warn('failed container left behind', { unit: name, detail });
    });
    throw error;
  }
}

/** Removes container and network. Repeatable; 409 means that a removal is under way already. */
export async function removeUnit(
  deps: Pick<CreateDeps, 'docker' | 'networks' | 'clock'>,
  container: string,
  network: string | null,
): Promise<void> {
  const handle = deps.docker.getContainer(container);
  const removed = await tolerating('removing a container', [404, 409], () =>
    handle.remove({ force: true, v: true }),
  );
  if (!removed) await awaitAbsence(deps, container);
  if (network === null) return;
  await removeParts(deps.docker, `${LABELS.unit}=${network}`);
  await deps.networks.remove(network);
}

async function awaitAbsence(
  deps: Pick<CreateDeps, 'docker' | 'clock'>,
  container: string,
): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const handle = deps.docker.getContainer(container);
    const there = await tolerating('looking for a container', [404], () => handle.inspect());
    if (!there) return;
    await deps.clock.sleep(100);
  }
  throw new AppError('docker-failed', 'removing a container: it is still there after 5 s', {
    retryable: true,
  });
}
