import { MATCH_FIELDS, type MatchField } from './job-match.ts';
import type { ForkOrigin } from './routing-pool.ts';
import { whyNowhere } from './schedule-nowhere.ts';
import type { JobClass, LiveRunner, QueuedJob, SchedulePolicy } from './schedule-types.ts';

type Classified = Pick<QueuedJob, 'fork' | 'scope'> & NonNullable<LiveRunner['job']>;

/**
 * Sorts jobs into classes, so that routing, priority and quotas are worked out once for all jobs
 * that agree in every field that some rule looks at.
 */
export function createClasses(policy: SchedulePolicy): (job: Classified) => JobClass {
  const fields = fieldsOf(policy);
  const known = new Map<string, JobClass>();
  return (job) => {
    const key = keyOf(job, fields);
    const found = known.get(key) ?? classOf(job, key, policy);
    known.set(key, found);
    return found;
  };
}

/** The repository is always looked at: it has the fair share. */
function fieldsOf({ router, priorities, quotas }: SchedulePolicy): readonly MatchField[] {
  const used = [router.fields, priorities.fields, quotas.fields];
  return MATCH_FIELDS.filter(
    (field) => field === 'repository' || used.some((fields) => fields.has(field)),
  );
}

function keyOf(job: Classified, fields: readonly MatchField[]): string {
  let key = `${job.fork}\n${job.labels.join(',')}`;
  for (const field of fields) key += `\n${job[field] ?? '\0'}`;
  return key;
}

function classOf(job: Classified, key: string, policy: SchedulePolicy): JobClass {
  const route = policy.router.route(job);
  const steps = route.kind === 'pools' ? route.steps : [];
  return {
    key,
    route,
    refusal: whyNowhere(job, route, policy.router.policy),
    scope: job.scope,
    wanted: [...new Set(job.labels.map((label) => label.toLowerCase()))],
    pools: new Set(steps.map(({ pool }) => pool)),
    allowances: policy.quotas.of(job),
    group: policy.shares.groupOf(job.repository),
    priority: policy.priorities.of(job),
    hasDelays: steps.some(({ afterMs }) => afterMs > 0),
  };
}

/** The class of a runner's job, for counting: whether it is of a fork no longer matters. */
export const asClassified = (
  job: NonNullable<LiveRunner['job']>,
  scope: string,
): Classified & { readonly fork: ForkOrigin } => ({ ...job, scope, fork: 'no' });
