import type { JobMatch, JobTraits, MatchField } from './job-match.ts';
import { compileRules } from './job-rules.ts';

/** The first rule that matches a job gives it its priority; others have 0. Higher comes first. */
export interface PriorityRule {
  readonly match: JobMatch;
  readonly priority: number;
}

export interface Priorities {
  of(job: JobTraits): number;
  readonly fields: ReadonlySet<MatchField>;
}

export function compilePriorities(rules: readonly PriorityRule[]): Priorities {
  const compiled = compileRules(rules.map(({ match, priority: value }) => ({ match, value })));
  return { of: (job) => compiled.first(job) ?? 0, fields: compiled.fields };
}

/**
 * Priority with age: one more for every `ageMs` since the job was queued, or since its lane (the
 * jobs of one repository and priority) was last served, whichever is later. So nothing waits for
 * ever behind a stream of more urgent jobs, and yet a thousand jobs of one repository, which is
 * served all the time, do not grow more urgent than the one job of another.
 */
export const agedPriority = (
  priority: number,
  waitingSince: number,
  now: number,
  ageMs: number,
): number => priority + Math.max(0, Math.floor((now - waitingSince) / ageMs));
