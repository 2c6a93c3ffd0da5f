import { messageOf } from '../domain/errors.ts';
import { creationBackOffMs } from '../domain/pool.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { PoolMember } from './pool-member.ts';

export interface EndDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** The pool stops: one try, and what the engine does not let go is left to the reaper. */
  readonly stop: AbortSignal;
}

/**
 * Destroys a draining member, again and again until the engine lets go; says whether it did. Tries at
 * once when the host's state changes: then it may be back.
 */
export async function endMember(deps: EndDeps, member: PoolMember): Promise<boolean> {
  member.watch?.[Symbol.dispose]();
  let triedOnce: () => void = () => undefined;
  member.firstDestroy = new Promise((resolve) => {
    triedOnce = resolve;
  });
  for (let tries = 1; ; tries += 1) {
    const done = await tryDestroy(deps, member, tries);
    triedOnce();
    if (done || deps.stop.aborted) return done;
    const wake = AbortSignal.any([deps.stop, member.room.host.change]);
    await deps.clock.sleep(creationBackOffMs(tries), wake);
  }
}

async function tryDestroy({ log }: EndDeps, member: PoolMember, tries: number): Promise<boolean> {
  const { host } = member.room;
  if (member.id === null) return true;
  try {
    await host.engine.destroy(member.id);
    return true;
  } catch (error) {
    if (tries === 1) {
      const fields = { container: member.id, host: host.name, detail: messageOf(error) };
      log.warn('container not destroyed yet', fields);
    }
    return false;
  }
}
