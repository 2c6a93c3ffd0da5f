import { z } from 'zod';
import {
  type CompleteJobRequest,
  type JobMessage,
  type JobRequestBody,
  jobMessage,
  renewReply,
} from '../../contract/runner-protocol.ts';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Http, type HttpReply, joinUrl, refusal, succeeded } from './http.ts';
import { CALL_RETRIES, COMPLETE_RETRIES, RENEW_RETRIES, retrying } from './retry.ts';

export interface RunServiceDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
}

/** The job and what is needed to renew and complete it. */
export interface JobLease {
  readonly runServiceUrl: string;
  readonly token: string;
  readonly planId: string;
  readonly jobId: string;
}

const runServiceError = z.looseObject({
  source: z.literal('actions-run-service'),
  statusCode: z.coerce.number(),
});

/** The error's own status; a bare status from something in between does not count (C.1, J.11). */
function serviceStatus(reply: HttpReply): number | null {
  const error = runServiceError.safeParse(reply.json);
  return error.success ? error.data.statusCode : null;
}

interface Post {
  readonly what: string;
  readonly url: string;
  readonly token: string;
  readonly body: unknown;
  readonly signal?: AbortSignal;
}

async function post(deps: RunServiceDeps, call: Post): Promise<HttpReply> {
  const reply = await deps.http({
    what: call.what,
    method: 'POST',
    url: call.url,
    headers: {
      Accept: 'application/json',
      Authorization: `Bearer ${call.token}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(call.body),
    timeoutMs: deps.callTimeoutMs,
    signal: call.signal,
  });
  const status = serviceStatus(reply);
  if (status === 404) {
    throw new AppError('job-gone', `${call.what}: the run service no longer knows the job`);
  }
  if (succeeded(reply) || status !== null || reply.status === 401) return reply;
  // Everything else may be a proxy or a restart in between.
  const detail = `${call.what}: answered with status ${reply.status}`;
  throw new AppError('github-unreachable', detail, { retryable: true });
}

/**
 * acquirejob with the runner's token (protocol C.1). Null when the service says that the job is not
 * ours to take (404, 409, 422 in the error's body).
 */
export async function acquireJob(
  deps: RunServiceDeps,
  request: JobRequestBody,
  runnerToken: { get(signal?: AbortSignal): Promise<string>; forget(): void },
  signal: AbortSignal,
): Promise<JobMessage | null> {
  const what = 'acquiring a job';
  const attempt = async (): Promise<HttpReply> =>
    post(deps, {
      what,
      url: joinUrl(request.run_service_url, 'acquirejob'),
      token: await runnerToken.get(signal),
      body: {
        jobMessageId: request.runner_request_id,
        runnerOS: 'Linux',
        billingOwnerId: request.billing_owner_id ?? undefined,
      },
      signal,
    });
  try {
    const reply = await retrying(deps.clock, CALL_RETRIES, signal, async () => {
      const first = await attempt();
      if (first.status !== 401) return first;
      runnerToken.forget();
      return attempt();
    });
    const status = serviceStatus(reply);
    if (status === 409 || status === 422) return null;
    if (!succeeded(reply)) throw refusal(what, reply.status);
    return await readJob(deps, reply.json);
  } catch (error) {
    if (error instanceof AppError && error.code === 'job-gone') return null;
    throw error;
  }
}

/** An acquired job that we cannot read must be completed all the same (protocol J.13). */
async function readJob(deps: RunServiceDeps, body: unknown): Promise<JobMessage> {
  const message = jobMessage.safeParse(body);
  if (message.success && message.data.messageType === 'RunnerJobRequest') return message.data;
  const lease = salvageLease(body);
  const detail = 'RunnerHub could not read the job message.';
  if (lease !== null) {
    await completeJob(deps, lease, {
      planId: lease.planId,
      jobId: lease.jobId,
      conclusion: 'failed',
      outputs: {},
      stepResults: [],
      annotations: [{ level: 'failure', message: detail }],
      telemetry: [],
    });
  }
  const where = message.success ? [] : message.error.issues.map((issue) => issue.path.join('.'));
  throw new AppError('github-refused', `acquiring a job: ${detail} ${where.join(', ')}`.trim());
}

const leaseMembers = z.looseObject({
  jobId: z.string(),
  plan: z.looseObject({ planId: z.string() }),
  resources: z.looseObject({
    endpoints: z.array(
      z.looseObject({
        name: z.string(),
        url: z.string(),
        authorization: z.looseObject({ parameters: z.looseObject({ AccessToken: z.string() }) }),
      }),
    ),
  }),
});

/** Where and with which token a job is renewed and completed (protocol D.2). */
export function salvageLease(body: unknown): JobLease | null {
  const members = leaseMembers.safeParse(body);
  if (!members.success) return null;
  const { jobId, plan, resources } = members.data;
  const endpoint = resources.endpoints.find(({ name }) => name === 'SystemVssConnection');
  if (endpoint === undefined) return null;
  const token = endpoint.authorization.parameters.AccessToken;
  return { runServiceUrl: endpoint.url, token, planId: plan.planId, jobId };
}

/** renewjob once, with its short retries (protocol C.2). Answers until when the lease holds. */
export async function renewJob(
  deps: RunServiceDeps,
  lease: JobLease,
  signal: AbortSignal,
): Promise<string> {
  const what = 'renewing a job';
  const url = joinUrl(lease.runServiceUrl, 'renewjob');
  const body = { planId: lease.planId, jobId: lease.jobId };
  const reply = await retrying(deps.clock, RENEW_RETRIES, signal, () =>
    post(deps, { what, url, token: lease.token, body, signal }),
  );
  if (!succeeded(reply)) throw refusal(what, reply.status);
  const renewed = renewReply.safeParse(reply.json);
  if (renewed.success) return renewed.data.lockedUntil;
  throw new AppError('github-refused', `${what}: the answer has an unknown shape`);
}

/** completejob: five rounds of five tries; 404 and 401 are final (protocol C.3). */
export async function completeJob(
  deps: RunServiceDeps,
  lease: Pick<JobLease, 'runServiceUrl' | 'token'>,
  result: CompleteJobRequest,
): Promise<void> {
  await retrying(deps.clock, COMPLETE_RETRIES, undefined, () =>
    completeInOneRound(deps, lease, result),
  );
}

/** One round of five tries; 404 and 401 are final. */
export async function completeInOneRound(
  deps: RunServiceDeps,
  lease: Pick<JobLease, 'runServiceUrl' | 'token'>,
  result: CompleteJobRequest,
): Promise<void> {
  const what = 'completing a job';
  const url = joinUrl(lease.runServiceUrl, 'completejob');
  const reply = await retrying(deps.clock, CALL_RETRIES, undefined, () =>
    post(deps, { what, url, token: lease.token, body: result }),
  );
  if (!succeeded(reply)) throw refusal(what, reply.status);
}
