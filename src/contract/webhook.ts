import { z } from 'zod';

/** Every conclusion that GitHub knows for a job (see `domain/conclusion`). */
export const jobConclusion = z.enum([
  'success',
  'failure',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
  'neutral',
  'stale',
  'startup_failure',
]);

/** `workflow_job` webhook (protocol I.1), as far as RunnerHub reads it. Unknown members pass. */
export const workflowJobEvent = z.looseObject({
  action: z.enum(['queued', 'in_progress', 'completed', 'waiting']),
  workflow_job: z.looseObject({
    id: z.number().int().positive(),
    run_id: z.number().int(),
    run_attempt: z.number().int().default(1),
    name: z.string(),
    workflow_name: z.string().nullish(),
    head_sha: z.string(),
    head_branch: z.string().nullish(),
    status: z.enum(['queued', 'in_progress', 'completed', 'waiting']),
    conclusion: jobConclusion.nullish(),
    labels: z.array(z.string()),
    created_at: z.string().nullish(),
    started_at: z.string().nullish(),
    completed_at: z.string().nullish(),
    html_url: z.string().nullish(),
    runner_id: z.number().nullish(),
    runner_name: z.string().nullish(),
  }),
  repository: z.looseObject({
    id: z.number(),
    name: z.string(),
    full_name: z.string(),
    owner: z.looseObject({ login: z.string(), type: z.string().optional() }),
  }),
  organization: z.looseObject({ login: z.string() }).nullish(),
  installation: z.looseObject({ id: z.number() }).nullish(),
});
export type WorkflowJobEvent = z.infer<typeof workflowJobEvent>;
