import type { Router } from 'express';
import { z } from 'zod';
import { twirpError } from '../http/refusal.ts';
import { jobLogName, stepLogName, summaryName } from './blobs.ts';
import { updateSteps } from './steps.ts';
import { createTwirp, jobScope, type TwirpDeps } from './twirp.ts';

const guid = z.string().regex(/^[0-9a-f-]{36}$/i);

/** A number of an enum; the service finds nothing when it is sent the name (protocol E.1). */
const code = z.union([z.number(), z.string()]).transform((value) => {
  if (typeof value === 'string') throw twirpError(404, 'not_found', 'workflow run not found');
  return value;
});
const uploadedAt = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'not a timestamp');
const logMetadata = { uploaded_at: uploadedAt, line_count: z.coerce.number() };

const stepScope = jobScope.extend({ step_backend_id: guid });
const stepsUpdate = jobScope.extend({
  change_order: z.coerce.number(),
  steps: z.array(
    z.looseObject({
      external_id: guid,
      number: z.coerce.number(),
      name: z.string(),
      status: code,
      started_at: z
        .string()
        .nullish()
        .transform((value) => value ?? null),
      completed_at: z
        .string()
        .nullish()
        .transform((value) => value ?? null),
      conclusion: code,
    }),
  ),
});

/** What is said of an upload that is done; 64-bit numbers may be text. */
const METADATA = {
  StepLogs: stepScope.extend(logMetadata),
  JobLogs: jobScope.extend(logMetadata),
  StepSummary: stepScope.extend({ uploaded_at: uploadedAt, size: z.coerce.number() }),
};

const SOFT_SIZE_LIMIT = '1048576';
const RECEIVER = '/twirp/results.services.receiver.Receiver';
const STEP_UPDATES = '/twirp/github.actions.results.api.v1.WorkflowStepUpdateService';

/** The results service: Twirp with JSON bodies (protocol E.1, E.2). */
export function resultsRoutes(deps: TwirpDeps): Router {
  const { router, method } = createTwirp(deps, 'job');

  const upload = (member: string, name: string) => ({
    [member]: `${deps.address.url()}${deps.blobs.signedPath(name, 'rw')}`,
    blob_storage_type: 'BLOB_STORAGE_TYPE_AZURE',
    soft_size_limit: SOFT_SIZE_LIMIT,
  });

  method(`${RECEIVER}/GetStepLogsSignedBlobURL`, stepScope, ({ job, body }) =>
    upload('logs_url', stepLogName(job, body.step_backend_id)),
  );
  method(`${RECEIVER}/GetJobLogsSignedBlobURL`, jobScope, ({ job }) =>
    upload('logs_url', jobLogName(job)),
  );
  method(`${RECEIVER}/GetStepSummarySignedBlobURL`, stepScope, ({ job, body }) =>
    upload('summary_url', summaryName(job, body.step_backend_id)),
  );
  method(`${RECEIVER}/GetJobDiagLogsSignedBlobURL`, jobScope, ({ job }) =>
    upload('diag_logs_url', `${job.backendId}/diagnostics.zip`),
  );
  for (const [kind, shape] of Object.entries(METADATA)) {
    method(`${RECEIVER}/Create${kind}Metadata`, shape, () => ({ ok: true }));
  }
  method(`${STEP_UPDATES}/WorkflowStepsUpdate`, stepsUpdate, ({ job, body }) => {
    updateSteps(job, body.change_order, body.steps);
    return { ok: true };
  });
  return router;
}
