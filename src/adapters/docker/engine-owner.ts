import { type InstanceId, instanceId } from '../../domain/ids.ts';
import { LABELS } from './engine-layout.ts';

/**
 * The hub process that a container belongs to: the one that took it over, which its name tells
 * (`/UNIT.INSTANCE`), else the one that made it.
 */
export function ownerOf(name: string, labels: Readonly<Record<string, string>>): InstanceId {
  const [, adopter] = /^\/?rh-[0-9a-f]+\.(.+)$/.exec(name) ?? [];
  return instanceId((adopter ?? labels[LABELS.instance] ?? '').replace(/^hub_/, ''));
}
