import type Dockerode from 'dockerode';
import type { InstanceId } from '../../domain/ids.ts';
import { asking, tolerating } from './engine-errors.ts';
import { GUARD_PART, LABELS } from './engine-layout.ts';

type Labels = Readonly<Record<string, string>> | undefined | null;

/**
 * Removes what jobs have beside their own containers: containers, named volumes and built images,
 * of everything that carries `label` but not of the `living` instances. Repeatable.
 */
export async function removeParts(
  docker: Dockerode,
  label: string,
  living: readonly InstanceId[] = [],
): Promise<void> {
  const filters = { label: [label, LABELS.part] };
  const isDead = (labels: Labels): boolean =>
    !living.some((instance) => instance === labels?.[LABELS.instance]);
  const [containers, images] = await asking('listing what jobs have', () =>
    Promise.all([docker.listContainers({ all: true, filters }), docker.listImages({ filters })]),
  );
  const ended = containers.filter(({ Labels }) => isDead(Labels));
  await Promise.all(ended.map((each) => removeContainer(docker, each)));
  const { Volumes } = await asking('listing volumes', () => docker.listVolumes({ filters }));
  for (const volume of (Volumes ?? []).filter(({ Labels }) => isDead(Labels))) {
    await tolerating('removing a volume', [404, 409], () => docker.getVolume(volume.Name).remove());
  }
  for (const image of images.filter(({ Labels }) => isDead(Labels))) {
    await tolerating('removing an image', [404, 409], () =>
      docker.getImage(image.Id).remove({ force: true }),
    );
  }
}

/** 409: somebody removes it already. A guard of the machine cleans up when it is asked to end. */
async function removeContainer(docker: Dockerode, { Id, Labels }: Dockerode.ContainerInfo) {
  const container = docker.getContainer(Id);
  if (Labels[LABELS.part] === GUARD_PART) {
    await tolerating('ending a container', [304, 404, 409], () => container.stop({ t: 2 }));
  }
  await tolerating('removing a container', [404, 409], () =>
    container.remove({ force: true, v: true }),
  );
}
