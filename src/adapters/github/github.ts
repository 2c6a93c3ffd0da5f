import { z } from 'zod';
import { jobConclusion } from '../../contract/webhook.ts';
import { AppError } from '../../domain/errors.ts';
import type { JobReport } from '../../domain/job-lifecycle.ts';
import type { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitHub, JitRequest, JitRunner } from '../../ports/github.ts';
import { createHttp, type HttpReply, joinUrl, refusal, succeeded } from './http.ts';
import { type RetryPlan, retrying } from './retry.ts';

export interface GitHubDeps {
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  readonly token: Secret;
  readonly userAgent: string;
  readonly clock: Clock;
}

const jitReply = z.looseObject({
  runner: z.looseObject({ id: z.number() }),
  encoded_jit_config: z.string().min(1),
});

const jobReply = z.looseObject({
  status: z.string(),
  conclusion: jobConclusion.nullish(),
});

const STATUS: Record<string, JobReport['status']> = {
  waiting: 'waiting',
  pending: 'waiting',
  requested: 'queued',
  queued: 'queued',
  in_progress: 'in_progress',
  completed: 'completed',
};

/** Only repeatable calls go through this. */
const REST_RETRIES: RetryPlan = { tries: 4, fromMs: 500, toMs: 3_000 };
const REST_TIMEOUT_MS = 20_000;

type Call = (
  what: string,
  method: string,
  path: string,
  options?: { readonly body?: unknown; readonly signal?: AbortSignal },
) => Promise<HttpReply>;

/** `repos/owner/name` or `orgs/owner`. */
function scopePath(scope: string): string {
  const parts = scope.split('/').map(encodeURIComponent);
  return parts.length > 1 ? `repos/${parts.join('/')}` : `orgs/${parts.join('/')}`;
}

function createCall(deps: GitHubDeps): Call {
  const http = createHttp(deps.userAgent);
  return (what, method, path, options = {}) =>
    http({
      what,
      method,
      url: joinUrl(deps.apiUrl, path),
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Bearer ${deps.token.reveal()}`,
        'X-GitHub-Api-Version': '2022-11-28',
        ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      timeoutMs: REST_TIMEOUT_MS,
      signal: options.signal,
    });
}

/** Rate limits answer 403 or 429 with a remaining count of 0 or a time to wait. */
function refused(what: string, reply: HttpReply): AppError {
  const limited =
    reply.headers['retry-after'] !== undefined || reply.headers['x-ratelimit-remaining'] === '0';
  if ((reply.status === 403 || reply.status === 429) && limited) {
    return new AppError('github-refused', `${what}: GitHub limits our rate`, { retryable: true });
  }
  if (reply.status === 401) {
    return new AppError('github-refused', `${what}: GitHub does not accept our credentials`);
  }
  if (reply.status === 404) return new AppError('not-found', `${what}: not found at GitHub`);
  return refusal(what, reply.status);
}

function parsed<T>(what: string, schema: z.ZodType<T>, reply: HttpReply): T {
  const result = schema.safeParse(reply.json);
  if (!result.success) {
    throw new AppError('github-refused', `${what}: the answer has an unknown shape`);
  }
  return result.data;
}

/** GitHub's REST API over fetch. The only repeated calls are those that may be repeated. */
export function createGitHub(deps: GitHubDeps): GitHub {
  const call = createCall(deps);
  const repeatable = (what: string, method: string, path: string): Promise<HttpReply> =>
    retrying(deps.clock, REST_RETRIES, undefined, async () => {
      const reply = await call(what, method, path);
      if (reply.status >= 500) throw refused(what, reply);
      return reply;
    });

  return {
    createJitRunner: (request, signal) => createJitRunner(call, request, signal),
    async removeRunner(scope, githubId) {
      const what = 'removing a runner';
      const path = `${scopePath(scope)}/actions/runners/${githubId}`;
      const reply = await repeatable(what, 'DELETE', path);
      if (succeeded(reply)) return 'removed';
      if (reply.status === 404) return 'absent';
      // GitHub refuses to remove a runner that has a job (protocol: scale-down order of the design).
      if (reply.status === 422 || reply.status === 409) return 'busy';
      throw refused(what, reply);
    },
    async getJob(repository, workflowJobId) {
      const what = 'reading a job';
      const path = `${scopePath(repository)}/actions/jobs/${workflowJobId}`;
      const reply = await repeatable(what, 'GET', path);
      if (reply.status === 404) return null;
      if (!succeeded(reply)) throw refused(what, reply);
      const job = parsed(what, jobReply, reply);
      return { status: STATUS[job.status] ?? 'queued', conclusion: job.conclusion ?? null };
    },
    async whoAmI() {
      const what = 'asking who we are';
      const reply = await repeatable(what, 'GET', 'user');
      // An App's installation token is nobody's, which GitHub says with 403.
      if (reply.status === 403) return 'an app installation';
      if (!succeeded(reply)) throw refused(what, reply);
      return parsed(what, z.looseObject({ login: z.string() }), reply).login;
    },
  };
}

async function createJitRunner(
  call: Call,
  request: JitRequest,
  signal: AbortSignal,
): Promise<JitRunner> {
  const what = 'making a runner';
  const path = `${scopePath(request.scope)}/actions/runners/generate-jitconfig`;
  const body = {
    name: request.name,
    runner_group_id: request.runnerGroupId,
    labels: request.labels,
    work_folder: '_work',
  };
  const reply = await call(what, 'POST', path, { body, signal });
  if (reply.status === 409) {
    throw new AppError('runner-name-taken', `${what}: the name ${request.name} is taken`);
  }
  if (!succeeded(reply)) throw refused(what, reply);
  const jit = parsed(what, jitReply, reply);
  return { githubId: jit.runner.id, encodedJitConfig: jit.encoded_jit_config };
}
