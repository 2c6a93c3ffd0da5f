import { randomBytes } from 'node:crypto';
import type Dockerode from 'dockerode';
import type { ContainerWish } from '../../actions/container-wish.ts';
import type { Health, JobContainers } from '../../ports/job-containers.ts';
import type { HostPaths, StepHost } from '../../ports/step-host.ts';
import { readEgressNotes } from './egress-proxy.ts';
import { asking } from './engine-errors.ts';
import { EXTERNALS, LABELS } from './engine-layout.ts';
import {
  actionContainer,
  forwarder,
  jobContainer,
  type Shared,
  service,
} from './job-container-options.ts';
import { buildImage, pullImage } from './job-images.ts';
import { readLog, runToEnd } from './job-output.ts';
import { removeParts } from './job-parts.ts';
import type { KillLadder } from './step-kill.ts';

export interface JobContainersDeps {
  readonly docker: Dockerode;
  /** The container of the job, as the engine describes it. */
  readonly unit: Dockerode.ContainerInspectInfo;
  readonly paths: HostPaths;
  readonly ladder: KillLadder;
  /** Opens another container for steps, as the image's own user. */
  readonly openHost: (containerId: string, paths: HostPaths) => Promise<StepHost>;
}

/** Where the folders of a job are in its own container (protocol G.15). */
const INSIDE: HostPaths = {
  work: '/__w',
  temp: '/__w/_temp',
  actions: '/__w/_actions',
  toolCache: '/__t',
  externals: '/__e',
  home: '/github/home',
};

/**
 * The containers beside a unit of the pool. Everything they share with it (network, limits, volumes,
 * hosts) is read from the unit, so nothing of a job has to be remembered. Null for a container that
 * is no unit.
 */
export function createJobContainers(deps: JobContainersDeps): JobContainers | null {
  const { docker, unit, ladder, openHost } = deps;
  const shared = sharedBy(deps);
  if (shared === null) return null;
  const { network } = shared;
  const add = async (options: Dockerode.ContainerCreateOptions): Promise<Dockerode.Container> => {
    await makeVolumes(docker, shared, options);
    return asking('making a container', () => docker.createContainer(options));
  };
  const start = async (options: Dockerode.ContainerCreateOptions): Promise<Dockerode.Container> => {
    const container = await add(options);
    await asking('starting a container', () => container.start());
    return container;
  };
  return {
    network,
    pull: (image, credentials, stop) => pullImage(docker, image, credentials, stop),
    build: (folder, dockerfile, output, stop) =>
      buildImage(
        {
          ...{ docker, unit: unit.Id, network, labels: partLabels(shared, 'image') },
          isClosed: (unit.HostConfig.Dns ?? []).length > 0,
        },
        {
          folder,
          dockerfile,
          output,
          stop,
        },
      ),
    async startForSteps(wish) {
      const { id } = await start(jobContainer(shared, nameOf(shared), wish));
      return { id, host: await openHost(id, INSIDE) };
    },
    async startService(alias: string, wish: ContainerWish) {
      const { id } = await start(service(shared, nameOf(shared), alias, wish));
      return { id };
    },
    health: ({ id }) => readHealth(docker.getContainer(id)),
    log: ({ id }) => readLog(docker.getContainer(id)),
    egressNotes: () => readEgressNotes(docker, network),
    async forward(forwards) {
      if (forwards.length > 0) await start(forwarder(shared, unit, nameOf(shared), forwards));
    },
    async run(run, output, cancel) {
      const container = await add(actionContainer(shared, nameOf(shared), run));
      try {
        return await runToEnd(container, output, cancel, ladder);
      } finally {
        await container.remove({ force: true, v: true }).catch(() => undefined); // destroy sees it
      }
    },
    end: () => removeParts(docker, `${LABELS.unit}=${network}`),
  };
}

/** What all containers of a job have in common. */
function sharedBy({ unit, paths }: JobContainersDeps): Shared | null {
  const network = unit.Config.Labels[LABELS.unit];
  const workFolder = folderAtEngine(unit, paths.work);
  if (network === undefined || workFolder === null) return null;
  const externals = unit.Mounts.find(({ Destination }) => Destination === EXTERNALS);
  return {
    network,
    labels: unit.Config.Labels,
    limits: unit.HostConfig,
    gitConfig: gitConfigOf(unit),
    paths,
    workFolder,
    externalsVolume: externals?.Name ?? null,
  };
}

/** Where the engine has a folder of the unit that is, or is below, one of its volumes. */
function folderAtEngine({ Mounts }: Dockerode.ContainerInspectInfo, path: string): string | null {
  const mount = Mounts.find(({ Destination }) => `${path}/`.startsWith(`${Destination}/`));
  return mount === undefined ? null : mount.Source + path.slice(mount.Destination.length);
}

function gitConfigOf({ Config }: Dockerode.ContainerInspectInfo): Record<string, string> {
  const variables = Config.Env.map((text) => text.split(/=(.*)/s, 2) as [string, string]);
  return Object.fromEntries(variables.filter(([name]) => name.startsWith('GIT_CONFIG_')));
}

const nameOf = ({ network }: Shared): string => `${network}-${randomBytes(3).toString('hex')}`;

const partLabels = ({ labels }: Shared, part: string): Record<string, string> => ({
  ...labels,
  [LABELS.part]: part,
});

/** Named volumes are made first, so that they carry our labels. */
async function makeVolumes(
  docker: Dockerode,
  shared: Shared,
  options: Dockerode.ContainerCreateOptions,
): Promise<void> {
  for (const { Type, Source, Target } of options.HostConfig?.Mounts ?? []) {
    if (Type !== 'volume' || Source === '' || Target === INSIDE.externals || Target === EXTERNALS)
      continue;
    await asking('making a volume', () =>
      docker.createVolume({ Name: Source, Labels: partLabels(shared, 'volume') }),
    );
  }
}

async function readHealth(container: Dockerode.Container): Promise<Health> {
  const { State } = await asking('looking at a service', () => container.inspect());
  const status = State.Health?.Status ?? 'none';
  if (!State.Running) return status === 'none' ? 'ended' : 'unhealthy';
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}
