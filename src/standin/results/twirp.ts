import { json, type Request, Router } from 'express';
import { z } from 'zod';
import type { Address } from '../dependencies.ts';
import { type Refusal, twirpError } from '../http/refusal.ts';
import { bodyOf, credentialOf } from '../http/request.ts';
import type { Job } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import type { Blobs } from './blobs.ts';
import { refuseOtherBodies } from './twirp-errors.ts';

export interface TwirpDeps {
  readonly store: Store;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly blobs: Blobs;
}

/** What most calls are about; the members must name what the token was made for. */
export const jobScope = z.looseObject({
  workflow_run_backend_id: z.string(),
  workflow_job_run_backend_id: z.string(),
});

const anyScope = jobScope.partial();

export interface Call<Body> {
  /** The job of the token. */
  readonly job: Job;
  readonly body: Body;
  /** Address by which the call came; links in the answer start with it. */
  readonly base: string;
}

const invalid = (detail: string): Refusal => twirpError(400, 'malformed', detail);

/**
 * A router for Twirp services: every method is a POST with a JSON body and a job's token. A call may
 * name that job only, or any job of its run.
 */
export function createTwirp({ store, address, tokens }: TwirpDeps, reach: 'job' | 'run') {
  const router = Router();
  const parse = json({ type: () => true, limit: '10mb' });

  async function jobOf(request: Request): Promise<Job> {
    const id = await tokens.jobId(credentialOf(request));
    const job = id === null ? undefined : store.jobs.get(id);
    if (job === undefined) throw twirpError(401, 'unauthenticated', 'the token is not valid');
    return job;
  }

  function reaches(job: Job, named: z.infer<typeof anyScope>): boolean {
    const { workflow_run_backend_id: runId, workflow_job_run_backend_id: jobId } = named;
    if (runId !== undefined && runId !== job.run.planId) return false;
    if (jobId === undefined || jobId === job.backendId) return true;
    return reach === 'run' && store.jobsByBackendId.get(jobId)?.run.id === job.run.id;
  }

  /** A method at `path` that answers with JSON. */
  function method<Shape extends z.ZodType>(
    path: string,
    shape: Shape,
    answer: (call: Call<z.infer<Shape>>) => unknown,
  ): void {
    router.post(path, refuseOtherBodies, parse, async (request, response) => {
      const body = bodyOf(request, shape, invalid);
      const job = await jobOf(request);
      const named = anyScope.parse(body);
      if (!reaches(job, named)) throw twirpError(404, 'not_found', 'workflow run not found');
      response.json(await answer({ job, body, base: address.of(request) }));
    });
  }

  return { router, method };
}
