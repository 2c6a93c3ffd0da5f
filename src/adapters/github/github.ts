import { z } from 'zod';
import { jobConclusion } from '../../contract/webhook.ts';
import { AppError } from '../../domain/errors.ts';
import type { JobReport } from '../../domain/job-lifecycle.ts';
import type { GitHub, JitRequest, JitRunner } from '../../ports/github.ts';
import { succeeded } from './http.ts';
import { parsed, type RestClient, refused } from './rest-client.ts';
import { scopePath } from './rest-paths.ts';

const jitReply = z.looseObject({
  runner: z.looseObject({ id: z.number() }),
  encoded_jit_config: z.string().min(1),
});

const jobReply = z.looseObject({
  status: z.string(),
  conclusion: jobConclusion.nullish(),
});

const runReply = z.looseObject({
  event: z.string(),
  head_repository: z.looseObject({ full_name: z.string() }).nullish(),
});

/** REST's words for the states of a job. */
export const JOB_STATUS: Readonly<Record<string, JobReport['status']>> = {
  waiting: 'waiting',
  pending: 'waiting',
  requested: 'queued',
  queued: 'queued',
  in_progress: 'in_progress',
  completed: 'completed',
};

/** What a runner needs of GitHub's REST API. The only repeated calls are those that may be repeated. */
export function createGitHub(rest: RestClient): GitHub {
  return {
    createJitRunner: (request, signal) => createJitRunner(rest, request, signal),
    async removeRunner(scope, githubId) {
      const what = 'removing a runner';
      const path = `${scopePath(scope)}/actions/runners/${githubId}`;
      const reply = await rest.repeat({ what, method: 'DELETE', path, scope, urgency: 'critical' });
      if (succeeded(reply)) return 'removed';
      if (reply.status === 404) return 'absent';
      // GitHub refuses to remove a runner that has a job (protocol: scale-down order of the design).
      if (reply.status === 422 || reply.status === 409) return 'busy';
      throw refused(what, reply);
    },
    async getJob(repository, workflowJobId) {
      const what = 'reading a job';
      const path = `${scopePath(repository)}/actions/jobs/${workflowJobId}`;
      const reply = await rest.repeat({
        ...{ what, method: 'GET', path },
        ...{ scope: repository, urgency: 'normal' },
      });
      if (reply.status === 404) return null;
      if (!succeeded(reply)) throw refused(what, reply);
      const job = parsed(what, jobReply, reply);
      return { status: JOB_STATUS[job.status] ?? 'queued', conclusion: job.conclusion ?? null };
    },
    async getRun(repository, runId) {
      const what = 'reading a run';
      const path = `${scopePath(repository)}/actions/runs/${runId}`;
      const reply = await rest.repeat({
        ...{ what, method: 'GET', path },
        ...{ scope: repository, urgency: 'critical' },
      });
      if (reply.status === 404) return null;
      if (!succeeded(reply)) throw refused(what, reply);
      const run = parsed(what, runReply, reply);
      return { event: run.event, headRepository: run.head_repository?.full_name ?? null };
    },
    async whoAmI() {
      const what = 'asking who we are';
      const reply = await rest.repeat({
        ...{ what, method: 'GET', path: 'user' },
        ...{ scope: null, urgency: 'normal' },
      });
      // An App's installation token is nobody's, which GitHub says with 403.
      if (reply.status === 403) return 'an app installation';
      if (!succeeded(reply)) throw refused(what, reply);
      return parsed(what, z.looseObject({ login: z.string() }), reply).login;
    },
  };
}

async function createJitRunner(
  rest: RestClient,
  { scope, name, runnerGroupId, labels }: JitRequest,
  signal: AbortSignal,
): Promise<JitRunner> {
  const what = 'making a runner';
  const reply = await rest.send({
    ...{ what, method: 'POST', scope, urgency: 'critical', signal },
    path: `${scopePath(scope)}/actions/runners/generate-jitconfig`,
    body: { name, runner_group_id: runnerGroupId, labels, work_folder: '_work' },
  });
  if (reply.status === 409) {
    throw new AppError('runner-name-taken', `${what}: the name ${name} is taken`);
  }
  if (!succeeded(reply)) throw refused(what, reply);
  const jit = parsed(what, jitReply, reply);
  return { githubId: jit.runner.id, encodedJitConfig: jit.encoded_jit_config };
}
