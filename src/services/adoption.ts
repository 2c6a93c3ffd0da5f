import type { HostName } from '../domain/ids.ts';
import type { OwnedContainer } from '../ports/container-engine.ts';
import type { Exclusion } from '../ports/exclusion.ts';
import type { Log } from '../ports/log.ts';
import type { RunnerStore } from '../ports/runner-store.ts';
import type { Fleet } from './fleet.ts';

export interface AdoptionDeps {
  readonly fleet: Pick<Fleet, 'adopt'>;
  readonly runners: Pick<RunnerStore, 'hasHeld'>;
  readonly exclusion: Exclusion;
  readonly log: Log;
}

/** Offers a container of a dead instance to the pools; false: nobody takes it, and it must go. */
export type Adopt = (host: HostName, container: OwnedContainer) => Promise<boolean>;

/**
 * A container that was ever handed to a runner may have run a job, and is never used again. A runner
 * records its container before GitHub can give it a job, so the store knows of every such one.
 */
export function createAdoption({ fleet, runners, exclusion, log }: AdoptionDeps): Adopt {
  return async (host, container) => {
    if (container.state !== 'running' || (await runners.hasHeld(container.id))) return false;
    const adopted = await exclusion.run('adopt', () => fleet.adopt(host, container));
    if (adopted) log.info('warm container adopted', { container: container.id, host });
    return adopted;
  };
}
