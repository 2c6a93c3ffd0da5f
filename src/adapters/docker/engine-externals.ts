import { randomBytes } from 'node:crypto';
import type Dockerode from 'dockerode';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { isoNow } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { asking, tolerating } from './engine-errors.ts';
import { EXTERNALS, LABELS } from './engine-layout.ts';
import { removeFilling, removeVolume, sweepExternals } from './externals-sweep.ts';
import { findRuntimes, type Runtimes } from './runtimes.ts';

export interface ExternalsDeps {
  readonly docker: Dockerode;
  readonly clock: Clock;
  readonly log: Log;
  /** The `node_modules` folder of `runtimes/`. */
  readonly runtimesFolder: string;
}

export interface Externals {
  /**
   * The read-only mount of the node runtimes for containers of an image; null where this machine has
   * none for its processor type. Fills the engine's volume when it has none of this version.
   */
  mountFor(image: ImageOfUnit): Promise<Dockerode.MountSettings | null>;
}

export interface ImageOfUnit {
  readonly name: string;
  /** As the engine says: amd64, arm64. */
  readonly architecture: string;
}

/**
 * The node runtimes of an engine: a volume per version, shared by all hubs that use the engine.
 *
 * A volume cannot be renamed, so its content is never built under the name that is looked up. Each
 * hub fills a volume of its own and then makes a second, empty one, the pointer, whose label names
 * it. Making a volume is atomic and the first one wins: a half-filled volume is never pointed to, and
 * of two hubs that fill at once the later removes what it made.
 */
export function createExternals(deps: ExternalsDeps): Externals {
  const filled = new Map<string, Promise<string>>();
  const warned = new Set<string>();

  const volumeOf = async (runtimes: Runtimes, image: string): Promise<string> => {
    const known = await filled.get(runtimes.version)?.catch(() => null);
    if (known && (await isFilled(deps, known))) return known;
    const provided = provide(deps, runtimes, image);
    filled.set(runtimes.version, provided);
    void provided
      .then(() => sweepExternals(deps, runtimes.version))
      .catch((error: unknown) => {
        deps.log.debug('old node runtimes not removed', { detail: messageOf(error) });
      });
    return provided;
  };
  // One look at a time, so that containers made at once fill one volume.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (runtimes: Runtimes, image: string): Promise<string> => {
    const turn = last.then(() => volumeOf(runtimes, image));
    last = turn.catch(() => undefined);
    return turn;
  };

  return {
    async mountFor({ name, architecture }) {
      const runtimes = findRuntimes(deps.runtimesFolder, architecture);
      if (runtimes !== null) return mount(await inTurn(runtimes, name), true);
      if (!warned.has(architecture)) {
        warned.add(architecture);
        deps.log.warn('no node runtimes: actions that need node will fail', { architecture });
      }
      return null;
    },
  };
}

const mount = (volume: string, readOnly: boolean): Dockerode.MountSettings => ({
  Type: 'volume',
  Source: volume,
  Target: EXTERNALS,
  ReadOnly: readOnly,
  VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: '', Options: {} } },
});

const pointerName = (version: string): string => `runnerhub-externals-${version}`;

/** The volume that the pointer names, filling one first where there is none. */
async function provide(deps: ExternalsDeps, runtimes: Runtimes, image: string): Promise<string> {
  const { version } = runtimes;
  const pointer = pointerName(version);
  const there = (await labelsOf(deps, pointer))?.[LABELS.externalsVolume];
  if (there !== undefined && (await isFilled(deps, there))) return there;
  // It points to nothing: somebody has removed the volume.
  if (there !== undefined) await removeVolume(deps, pointer);
  const volume = `${pointer}-${randomBytes(6).toString('hex')}`;
  const labels = { [LABELS.externals]: version, [LABELS.createdAt]: isoNow(deps.clock) };
  await makeVolume(deps, volume, labels);
  try {
    await fill(deps, runtimes, image, volume);
    await makeVolume(deps, pointer, { ...labels, [LABELS.externalsVolume]: volume });
  } catch (error) {
    await removeVolume(deps, volume).catch(() => undefined);
    throw error;
  }
  deps.log.info('node runtimes put into a volume', { volume, version });
  // Of two hubs that filled at once, the first to make the pointer has won.
  const winner = (await labelsOf(deps, pointer))?.[LABELS.externalsVolume] ?? volume;
  if (winner !== volume) await removeVolume(deps, volume);
  return winner;
}

/** Docker makes a missing volume by itself when a container names it: that one has no label. */
const isFilled = async (deps: ExternalsDeps, volume: string): Promise<boolean> =>
  (await labelsOf(deps, volume))?.[LABELS.externals] !== undefined;

async function labelsOf(
  { docker }: ExternalsDeps,
  volume: string,
): Promise<Readonly<Record<string, string>> | null> {
  let labels: Record<string, string> | null = null;
  const there = await tolerating('looking for a volume', [404], async () => {
    labels = (await docker.getVolume(volume).inspect()).Labels ?? {};
  });
  return there ? labels : null;
}

const makeVolume = (
  { docker }: ExternalsDeps,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<unknown> =>
  asking('making a volume', () => docker.createVolume({ Name: name, Labels: { ...labels } }));

/** Through a container that is never started: the engine unpacks into its volume all the same. */
async function fill(
  { docker }: ExternalsDeps,
  runtimes: Runtimes,
  image: string,
  volume: string,
): Promise<void> {
  const what = 'filling the volume of the node runtimes';
  const container = await asking(what, () =>
    docker.createContainer({
      Image: image,
      Entrypoint: ['true'],
      Labels: { [LABELS.externals]: runtimes.version },
      HostConfig: { NetworkMode: 'none', Mounts: [mount(volume, false)] },
    }),
  );
  const archive = runtimes.archive();
  try {
    await asking(what, () => container.putArchive(archive, { path: EXTERNALS }));
  } finally {
    archive.destroy();
    await removeFilling(container);
  }
}
