import { json, type Request, Router } from 'express';
import { z } from 'zod';
import { fromWireConclusion } from '../../domain/conclusion.ts';
import { type Address, wireTime } from '../dependencies.ts';
import { runServiceError } from '../http/refusal.ts';
import { bodyOf, credentialOf } from '../http/request.ts';
import { completeSteps } from '../results/steps.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { secretsOfJob } from '../scheduler/secrets.ts';
import type { Job, Runner } from '../state/model.ts';
import type { Annotation } from '../state/run-parts.ts';
import { variablesOf } from '../state/settings.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import { jobMessage } from './message.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly scheduler: Scheduler;
}

const invalid = (detail: string) => runServiceError(400, detail);

const acquireBody = z.looseObject({ jobMessageId: z.string(), runnerOS: z.string().optional() });
const jobBody = z.looseObject({ planId: z.string(), jobId: z.string() });

const annotation = z.looseObject({
  level: z.string(),
  message: z.string(),
  title: z.string().nullish(),
  path: z.string().nullish(),
  startLine: z.number().nullish(),
  endLine: z.number().nullish(),
});

/** Timestamps must be real: an empty one is refused, as the real service does (protocol C.3). */
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'not a timestamp');

const completeBody = jobBody.extend({
  conclusion: z.string(),
  outputs: z.record(z.string(), z.looseObject({ value: z.string().nullish() })).nullish(),
  stepResults: z
    .array(
      z.looseObject({
        external_id: z.string(),
        number: z.number(),
        name: z.string(),
        status: z.string(),
        conclusion: z.string().nullish(),
        started_at: instant.nullish(),
        completed_at: instant.nullish(),
        annotations: z.array(annotation).nullish(),
      }),
    )
    .nullish(),
  annotations: z.array(annotation).nullish(),
  environmentUrl: z.string().nullish(),
});

/** The run service (protocol C). Mounted at `/run/{n}`; the number means nothing. */
export function runServiceRoutes(deps: Deps): Router {
  const { store, address, tokens, scheduler } = deps;
  const router = Router();
  router.use(json({ type: () => true, limit: '20mb' }));
  router.post('/acquirejob', async (request, response) => {
    const runner = await runnerOf(deps, request);
    const { jobMessageId } = bodyOf(request, acquireBody, invalid);
    const job = scheduler.acquire(runner, jobMessageId);
    response.json(
      jobMessage({
        job,
        accessToken: await tokens.forJob(job),
        address,
        variables: variablesOf(store, job.run.repository, job.leg.environment?.name),
        secrets: secretsOfJob(store, job, address),
      }),
    );
  });
  router.post('/renewjob', async (request, response) => {
    const job = await jobOf(deps, request, bodyOf(request, jobBody, invalid));
    response.json({ lockedUntil: wireTime(scheduler.renew(job)) });
  });
  router.post('/completejob', async (request, response) => {
    const body = bodyOf(request, completeBody, invalid);
    const job = await jobOf(deps, request, body);
    if (job.status === 'in_progress') {
      job.environmentUrl = body.environmentUrl ?? null;
      recordResults(job, body);
    }
    scheduler.complete(job, fromWireConclusion(body.conclusion), outputsOf(body));
    response.status(204).end();
  });
  return router;
}

async function runnerOf({ store, tokens }: Deps, request: Request): Promise<Runner> {
  const id = await tokens.runnerId(credentialOf(request));
  const runner = id === null ? undefined : store.runners.get(id);
  if (runner === undefined) throw runServiceError(401, 'The token is not valid');
  return runner;
}

/** The job of the token, which must be the job of the body. */
async function jobOf(
  { store, tokens }: Deps,
  request: Request,
  named: { readonly planId: string; readonly jobId: string },
): Promise<Job> {
  const id = await tokens.jobId(credentialOf(request));
  if (id === null) throw runServiceError(401, 'The token is not valid');
  const job = store.jobs.get(id);
  if (job?.backendId !== named.jobId || job.run.planId !== named.planId) {
    throw runServiceError(404, 'workflow instance not found');
  }
  return job;
}

const outputsOf = (body: z.infer<typeof completeBody>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(body.outputs ?? {}).map(([name, output]) => [name, output.value ?? '']),
  );

function recordResults(job: Job, body: z.infer<typeof completeBody>): void {
  const steps = body.stepResults ?? [];
  completeSteps(job, steps);
  const all = [...(body.annotations ?? []), ...steps.flatMap((step) => step.annotations ?? [])];
  job.annotations.push(...all.map(toAnnotation));
}

const toAnnotation = (wire: z.infer<typeof annotation>): Annotation => ({
  level: wire.level,
  message: wire.message,
  title: wire.title ?? null,
  path: wire.path ?? null,
  startLine: wire.startLine ?? null,
  endLine: wire.endLine ?? null,
});
