import { json, type Request, Router } from 'express';
import { z } from 'zod';
import type { Address } from '../dependencies.ts';
import { type Refusal, twirpError } from '../http/refusal.ts';
import { bodyOf, credentialOf } from '../http/request.ts';
import type { Job } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import { type Blobs, jobLogName, stepLogName, summaryName } from './blobs.ts';
import { updateSteps } from './steps.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly blobs: Blobs;
}

const invalid = (detail: string): Refusal => twirpError(400, 'malformed', detail);
const guid = z.string().regex(/^[0-9a-f-]{36}$/i);

const jobScope = z.looseObject({
  workflow_run_backend_id: z.string(),
  workflow_job_run_backend_id: z.string(),
});
const stepScope = jobScope.extend({ step_backend_id: guid });
const stepsUpdate = jobScope.extend({
  change_order: z.coerce.number(),
  steps: z.array(
    z.looseObject({
      external_id: guid,
      number: z.coerce.number(),
      name: z.string(),
      status: z.number(),
      started_at: z
        .string()
        .nullish()
        .transform((value) => value ?? null),
      completed_at: z
        .string()
        .nullish()
        .transform((value) => value ?? null),
      conclusion: z.number(),
    }),
  ),
});

const SOFT_SIZE_LIMIT = '1048576';
const RECEIVER = '/twirp/results.services.receiver.Receiver';
const STEP_UPDATES = '/twirp/github.actions.results.api.v1.WorkflowStepUpdateService';

/** The results service: Twirp with JSON bodies (protocol E.1, E.2). */
export function resultsRoutes(deps: Deps): Router {
  const router = Router();
  const parse = json({ type: () => true, limit: '10mb' });

  function method<Shape extends typeof jobScope>(
    path: string,
    shape: Shape,
    answer: (job: Job, body: z.infer<Shape>) => unknown,
  ): void {
    router.post(path, parse, async (request, response) => {
      const body = bodyOf(request, shape, invalid);
      const job = await jobOf(deps, request, body);
      response.json(answer(job, body));
    });
  }

  const upload = (member: string, name: string) => ({
    [member]: `${deps.address.url()}${deps.blobs.signedPath(name)}`,
    blob_storage_type: 'BLOB_STORAGE_TYPE_AZURE',
    soft_size_limit: SOFT_SIZE_LIMIT,
  });

  method(`${RECEIVER}/GetStepLogsSignedBlobURL`, stepScope, (job, body) =>
    upload('logs_url', stepLogName(job, body.step_backend_id)),
  );
  method(`${RECEIVER}/GetJobLogsSignedBlobURL`, jobScope, (job) =>
    upload('logs_url', jobLogName(job)),
  );
  method(`${RECEIVER}/GetStepSummarySignedBlobURL`, stepScope, (job, body) =>
    upload('summary_url', summaryName(job, body.step_backend_id)),
  );
  method(`${RECEIVER}/GetJobDiagLogsSignedBlobURL`, jobScope, (job) =>
    upload('diag_logs_url', `${job.backendId}/diagnostics.zip`),
  );
  for (const kind of ['StepLogs', 'JobLogs', 'StepSummary']) {
    method(`${RECEIVER}/Create${kind}Metadata`, jobScope, () => ({ ok: true }));
  }
  method(`${STEP_UPDATES}/WorkflowStepsUpdate`, stepsUpdate, (job, body) => {
    updateSteps(job, body.change_order, body.steps);
    return { ok: true };
  });
  return router;
}

async function jobOf(
  { store, tokens }: Deps,
  request: Request,
  scope: z.infer<typeof jobScope>,
): Promise<Job> {
  const id = await tokens.jobId(credentialOf(request));
  if (id === null) throw twirpError(401, 'unauthenticated', 'the token is not valid');
  const job = store.jobs.get(id);
  if (
    job?.backendId !== scope.workflow_job_run_backend_id ||
    job.run.planId !== scope.workflow_run_backend_id
  ) {
    throw twirpError(404, 'not_found', 'workflow run not found');
  }
  return job;
}
