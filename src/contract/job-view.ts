import { z } from 'zod';

/** Jobs as the REST API shows them. Instants are ISO 8601 in UTC. */
const instant = z.string().nullable();

const amount = z.number().nullable();

/** What the job's own container used; null: not known on that machine. */
const usageView = z.object({
  cpuSeconds: amount,
  throttledSeconds: amount,
  memoryPeakBytes: amount,
  outOfMemoryKills: amount,
  diskReadBytes: amount,
  diskWrittenBytes: amount,
  networkReceivedBytes: amount,
  networkSentBytes: amount,
});

/** What the proxy of a limited network decided of one name. */
const egressView = z.object({
  verdict: z.enum(['allowed', 'refused']),
  name: z.string(),
  port: amount,
  why: z.string().exactOptional(),
});

export const jobView = z.object({
  id: z.string(),
  repository: z.string(),
  runId: z.number(),
  runAttempt: z.number(),
  workflow: z.string(),
  name: z.string(),
  labels: z.array(z.string()),
  headSha: z.string(),
  headBranch: z.string().nullable(),
  htmlUrl: z.string().nullable(),
  state: z.enum(['queued', 'assigned', 'preparing', 'running', 'completed']),
  conclusion: z.string().nullable(),
  /** Set where the job's own steps are not the cause. */
  failure: z.string().nullable(),
  failureDetail: z.string().nullable(),
  usage: usageView.nullable(),
  egress: z.array(egressView).nullable(),
  /** Why a queued job has no runner yet: a code, and a sentence for people. */
  waiting: z
    .object({
      code: z.string(),
      sentence: z.string(),
      /** Since when it waits for a reason of this code. */
      since: instant,
      /** Milliseconds until its turn, estimated from the newest jobs; null where there is no data. */
      startsInMs: z.number().nullable(),
    })
    .nullable(),
  /** What somebody gave it instead of what the rules say. */
  priority: z.number().nullable(),
  /** Why somebody holds it back. */
  hold: z.string().nullable(),
  runner: z.string().nullable(),
  pool: z.string().nullable(),
  host: z.string().nullable(),
  container: z.string().nullable(),
  timestamps: z.object({
    queued_at: instant,
    webhook_received_at: instant,
    decided_at: instant,
    container_ready_at: instant,
    runner_online_at: instant,
    job_started_at: instant,
    first_step_at: instant,
  }),
  completedAt: instant,
  revision: z.number(),
});
export type JobView = z.infer<typeof jobView>;

export const stepView = z.object({
  number: z.number(),
  name: z.string(),
  outcome: z.string().nullable(),
  conclusion: z.string().nullable(),
  startedAt: instant,
  completedAt: instant,
  durationMs: z.number().nullable(),
});
export type StepView = z.infer<typeof stepView>;

/** `GET /api/v1/jobs`. */
export const jobListView = z.object({ jobs: z.array(jobView) });
export type JobListView = z.infer<typeof jobListView>;

/** `GET /api/v1/jobs/{id}`. */
export const jobDetailView = jobView.extend({
  steps: z.array(stepView),
  outputs: z.record(z.string(), z.string()),
});
export type JobDetailView = z.infer<typeof jobDetailView>;

/** The query of `GET /api/v1/jobs`; `state` may be several, separated by commas. */
export const jobListQuery = z.strictObject({
  state: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(jobView.shape.state))
    .optional(),
  repository: z.string().min(1).max(200).optional(),
  runId: z.coerce.number().int().nonnegative().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** The body of every error (RFC 9457), with media type `application/problem+json`. */
export const problemView = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
});
export type ProblemView = z.infer<typeof problemView>;
