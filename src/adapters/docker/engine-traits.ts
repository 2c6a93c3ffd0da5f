import type Dockerode from 'dockerode';
import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import { asking } from './engine-errors.ts';

const engineInfo = z.looseObject({
  DefaultRuntime: z.string().default('runc'),
  SecurityOptions: z.array(z.string()).nullish(),
});

/** What an engine can do to keep jobs in. */
export interface EngineTraits {
  /** Whether root of a container with this runtime (absent: the default one) is nobody on the machine. */
  rootIsContained(runtime?: string): boolean;
}

/** Runtimes with a kernel, or user namespaces, of their own: gVisor, Kata Containers, Sysbox. */
const SANDBOX = /runsc|gvisor|kata|sysbox/i;

/** From the answer of `GET /info`. Exported for its tests. */
export function traitsOf(info: unknown): EngineTraits {
  const { DefaultRuntime, SecurityOptions } = engineInfo.parse(info);
  const has = (name: string): boolean =>
    (SecurityOptions ?? []).some((option) => option.split(',').includes(`name=${name}`));
  const contained = has('userns') || has('rootless');
  return {
    rootIsContained: (runtime = DefaultRuntime) => contained || SANDBOX.test(runtime),
  };
}

const FRESH_MS = 60_000;

/** Asks an engine at most once a minute: it may have been restarted with other settings. */
export function createTraitsReader(docker: Dockerode, clock: Clock): () => Promise<EngineTraits> {
  let known: { readonly at: number; readonly traits: Promise<EngineTraits> } | null = null;
  return async () => {
    if (known === null || clock.now() - known.at > FRESH_MS) {
      known = {
        at: clock.now(),
        traits: asking('asking the engine', () => docker.info()).then(traitsOf),
      };
    }
    const { traits } = known;
    try {
      return await traits;
    } catch (error) {
      known = null;
      throw error;
    }
  };
}
