import { hostName, type InstallationId } from '../../src/domain/ids.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ContainerEngine } from '../../src/ports/container-engine.ts';
import type { Log } from '../../src/ports/log.ts';
import type { HostSetup } from '../../src/services/fleet-host.ts';
import { createHosts, type Hosts } from '../../src/services/fleet-hosts.ts';

const ENDLESS = Number.POSITIVE_INFINITY;

/** A host without limits of its own. */
export const aSetup = (
  name: string,
  engine: ContainerEngine,
  change: Partial<HostSetup> = {},
): HostSetup => ({
  name: hostName(name),
  engine,
  rules: {
    slots: ENDLESS,
    cpuOvercommit: ENDLESS,
    memoryOvercommit: ENDLESS,
    reserve: { cpuMillis: 0, memoryMb: 0, diskMb: 0 },
  },
  labels: {},
  mode: 'open',
  ...change,
});

export interface HostsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly installation: InstallationId;
}

/** Hosts that have been looked at once, and are looked at on. */
export async function startHosts(
  parts: HostsParts,
  ...setups: readonly HostSetup[]
): Promise<Hosts> {
  const hosts = createHosts(parts, setups);
  await hosts.start();
  return hosts;
}
