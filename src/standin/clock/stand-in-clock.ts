import type { StandinClock } from '../dependencies.ts';
import { createManualTime } from './manual-time.ts';

/** How the stand-in's time passes. */
export type ClockPlan =
  | { readonly kind: 'real' }
  /** Only when somebody moves it; it begins at `at`, or now. */
  | { readonly kind: 'manual'; readonly at?: number | undefined }
  /** So many times as fast as the machine's. */
  | { readonly kind: 'accelerated'; readonly factor: number };

export interface OwnClock extends StandinClock {
  readonly plan: ClockPlan;
  /** Never before `at`, which an earlier process has seen. */
  resumeFrom(at: number): void;
  /** Null where the time passes by itself. */
  readonly advanceTo: ((at: number, settle: () => Promise<void>) => Promise<void>) | null;
}

/** The clock of everything in the stand-in, made of the machine's. */
export function createOwnClock(real: StandinClock, plan: ClockPlan): OwnClock {
  switch (plan.kind) {
    case 'real':
      return {
        plan,
        now: () => real.now(),
        sleep: (ms, signal) => real.sleep(ms, signal),
        ...byItself,
      };
    case 'manual': {
      const time = createManualTime(plan.at ?? real.now());
      return { plan, ...time };
    }
    case 'accelerated':
      return accelerated(real, plan.factor);
  }
}

const byItself = { resumeFrom: () => undefined, advanceTo: null } as const;

function accelerated(real: StandinClock, factor: number): OwnClock {
  const startedAt = real.now();
  let base = startedAt;
  return {
    plan: { kind: 'accelerated', factor },
    now: () => Math.floor(base + (real.now() - startedAt) * factor),
    sleep: (ms, signal) => real.sleep(ms / factor, signal),
    resumeFrom(at) {
      base = Math.max(base, at);
    },
    advanceTo: null,
  };
}
