import { json, type Request, Router } from 'express';
import { fromWireConclusion } from '../../domain/conclusion.ts';
import { messageOf } from '../../domain/errors.ts';
import { type Address, wireTime } from '../dependencies.ts';
import { runServiceError } from '../http/refusal.ts';
import { bodyOf, credentialOf } from '../http/request.ts';
import { completeSteps } from '../results/steps.ts';
import { note } from '../scheduler/conclude.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { secretsOfJob } from '../scheduler/secrets.ts';
import type { Job, Runner } from '../state/model.ts';
import type { Annotation } from '../state/run-parts.ts';
import { variablesOf } from '../state/settings.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import {
  acquireBody,
  type CompleteBody,
  completeBody,
  jobBody,
  type WireAnnotation,
} from './complete-body.ts';
import { jobMessage } from './message.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly scheduler: Scheduler;
}

const invalid = (detail: string) => runServiceError(400, detail);

/** The run service (protocol C). Mounted at `/run/{n}`; the number means nothing. */
export function runServiceRoutes(deps: Deps): Router {
  const { scheduler } = deps;
  const router = Router();
  router.use(json({ type: () => true, limit: '20mb' }));
  router.post('/acquirejob', async (request, response) => {
    const runner = await runnerOf(deps, request);
    const { jobMessageId } = bodyOf(request, acquireBody, invalid);
    const job = scheduler.acquire(runner, jobMessageId.toLowerCase());
    response.json(await messageFor(deps, job));
  });
  router.post('/renewjob', async (request, response) => {
    const job = await jobOf(deps, request, bodyOf(request, jobBody, invalid));
    response.json({ lockedUntil: wireTime(scheduler.renew(job)) });
  });
  router.post('/completejob', async (request, response) => {
    const body = bodyOf(request, completeBody, invalid);
    const job = await jobOf(deps, request, body);
    if (job.status === 'in_progress') {
      recordResults(job, body);
    }
    scheduler.complete(job, fromWireConclusion(body.conclusion), outputsOf(body));
    response.status(204).end();
  });
  return router;
}

/** The job's message; a job of which none can be made fails, and its runner skips it (protocol C.1). */
async function messageFor({ store, address, tokens, scheduler }: Deps, job: Job) {
  const accessToken = await tokens.forJob(job);
  try {
    return jobMessage({
      ...{ job, accessToken, address },
      variables: variablesOf(store, job.run.repository, job.leg.environment?.name),
      secrets: secretsOfJob(store, job, address),
    });
  } catch (error) {
    job.annotations.push(note('failure', messageOf(error)));
    scheduler.complete(job, 'failure', {});
    throw runServiceError(422, `The job cannot be run: ${messageOf(error)}`);
  }
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

const outputsOf = (body: CompleteBody): Record<string, string> =>
  Object.fromEntries(
    Object.entries(body.outputs ?? {}).map(([name, output]) => [name, output.value ?? '']),
  );

function recordResults(job: Job, body: CompleteBody): void {
  const steps = body.stepResults ?? [];
  job.environmentUrl = body.environmentUrl ?? null;
  job.report = body;
  completeSteps(job, steps);
  const all = [...(body.annotations ?? []), ...steps.flatMap((step) => step.annotations ?? [])];
  job.annotations.push(...all.map(toAnnotation));
}

const toAnnotation = (wire: WireAnnotation): Annotation => ({
  level: wire.level ?? 'unknown',
  message: wire.message ?? '',
  title: wire.title ?? null,
  path: wire.path ?? null,
  startLine: wire.startLine ?? null,
  endLine: wire.endLine ?? null,
  startColumn: wire.startColumn ?? null,
  endColumn: wire.endColumn ?? null,
});
