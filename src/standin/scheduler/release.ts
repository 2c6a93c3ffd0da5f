import type { Job, JobGroup, Scope } from '../state/model.ts';
import type { Admission } from './admission.ts';
import type { Announcer } from './conclude.ts';
import { hasEnded, unitsOf } from './tree.ts';

interface Deps {
  readonly announce: Announcer;
  readonly admission: Admission;
  /** Whether a unit holds the concurrency groups that it wants; it is resumed when it does. */
  readonly enterGroups: (unit: Job | Scope) => boolean;
}

/** Lets jobs and called workflows begin that nothing of their own workflow holds back. */
export function createRelease({ announce, admission, enterGroups }: Deps) {
  /** Next is the concurrency group, and then the environment of a job, or the jobs of a workflow. */
  function proceed(unit: Job | Scope): void {
    if (!enterGroups(unit)) {
      if (unit.kind === 'job' && unit.status === 'pending') announce.job('waiting', unit);
      return;
    }
    if (unit.kind === 'job') admission.admit(unit);
    else unit.status = 'open';
  }

  return {
    proceed,
    /** As many legs as max-parallel leaves room for. */
    release(group: JobGroup): void {
      const units = unitsOf(group);
      const held = units.filter((unit) => unit.status === 'held');
      const active = units.filter((unit) => unit.status !== 'held' && !hasEnded(unit)).length;
      const free = Math.max(0, (group.plan?.maxParallel ?? 0) - active);
      for (const unit of held.slice(0, free)) if (unit.status === 'held') proceed(unit);
    },
  };
}
