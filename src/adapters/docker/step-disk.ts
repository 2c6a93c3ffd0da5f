import type Docker from 'dockerode';
import type { UnitHost } from '../../ports/job-containers.ts';
import { asking } from './engine-errors.ts';
import { LABELS } from './engine-layout.ts';
import { quote, shortText } from './step-shell.ts';

type Short = (
  user: string,
  text: (mark: string) => string,
) => Promise<{ code: number; text: Buffer }>;

const KIB = 1024;
const MIB = 1024 * KIB;
/** Known to the engine, but not to the types of dockerode. */
const WITH_SIZE: object = { size: true };

/**
 * Measures what a container has on the disk: its own layer, which the engine counts, and its volumes,
 * which root of the container counts. Nothing where its pool sets no limit.
 */
export function createDiskReader(
  docker: Docker,
  { Id, Config, Mounts }: Docker.ContainerInspectInfo,
  short: Short,
): Pick<UnitHost, 'disk'> {
  const limitMb = Number(Config.Labels[LABELS.diskMb] ?? 0);
  if (limitMb <= 0) return {};
  const volumes = Mounts.filter(({ Type, RW }) => Type === 'volume' && RW);
  const count = `du -skxc -- ${volumes.map(({ Destination }) => quote(Destination)).join(' ')}`;
  const used = async (): Promise<number> => {
    const [layer, { text }] = await Promise.all([
      asking('measuring a container', () => docker.getContainer(Id).inspect(WITH_SIZE)),
      short('0', (mark) => shortText(mark, `${count} 2>/dev/null | tail -n 1`)),
    ]);
    const kilobytes = Number(/^\d+/.exec(text.toString())?.[0] ?? 0);
    return ('SizeRw' in layer ? Number(layer.SizeRw) : 0) + kilobytes * KIB;
  };
  return { disk: { limitBytes: limitMb * MIB, used } };
}
