import { z } from 'zod';
import { wireTime } from '../../dependencies.ts';
import { ACTOR } from '../../events/payloads.ts';
import { githubError } from '../../http/refusal.ts';
import { bodyOf } from '../../http/request.ts';
import { deploymentJson } from '../../present/deployments.ts';
import { environmentPartJson } from '../../present/environments.ts';
import { userJson } from '../../present/identity.ts';
import { jobsOf } from '../../scheduler/tree.ts';
import type { Environment } from '../../state/environments.ts';
import type { Job, Run } from '../../state/model.ts';
import { runOf } from '../lookup.ts';
import { type Answer, type Call, type Operation, ok } from '../operation.ts';

const RUN = '/repos/{owner}/{repo}/actions/runs/{run_id}';

const reviewBody = z.looseObject({
  environment_ids: z.array(z.number().int()).min(1),
  state: z.enum(['approved', 'rejected']),
  comment: z.string(),
});

/** Deployments that wait for their environment, and what people say of them. */
export const PENDING_DEPLOYMENT_OPERATIONS: readonly Operation[] = [
  {
    id: 'actions/get-pending-deployments-for-run',
    method: 'GET',
    path: `${RUN}/pending_deployments`,
    access: 'actions=read',
    answer: (call) => {
      const run = runOf(call);
      return ok(waitingOf(run).map((waiting) => pendingJson(run, waiting, call.url)));
    },
  },
  {
    id: 'actions/review-pending-deployments-for-run',
    method: 'POST',
    path: `${RUN}/pending_deployments`,
    access: 'deployments=write',
    answer: review,
  },
  {
    id: 'actions/get-reviews-for-run',
    method: 'GET',
    path: `${RUN}/approvals`,
    access: 'actions=read',
    answer: (call) => {
      const { reviews, repository } = runOf(call);
      return ok(
        reviews.map(({ state, comment, user, environments }) => ({
          state,
          comment,
          user: userJson(user, call.url),
          environments: [...repository.environments.values()]
            .filter(({ name }) => environments.includes(name))
            .map((each) => environmentJson(repository, each, call.url)),
        })),
      );
    },
  },
];

interface Waiting {
  readonly job: Job;
  readonly environment: Environment;
}

/** One entry an environment, however many jobs wait for it. */
function waitingOf(run: Run): readonly Waiting[] {
  const found = new Map<number, Waiting>();
  for (const job of jobsOf(run)) {
    if (job.status !== 'waiting' || job.gate === null) continue;
    const environment = run.repository.environments.get(job.gate.environment.toLowerCase());
    if (environment !== undefined) found.set(environment.id, { job, environment });
  }
  return [...found.values()];
}

function pendingJson(run: Run, { job, environment }: Waiting, url: string) {
  return {
    environment: environmentPartJson(environment, run.repository, url),
    wait_timer: environment.waitTimer,
    wait_timer_started_at: environment.waitTimer === 0 ? null : wireTime(job.createdAt),
    current_user_can_approve: environment.reviewers.length > 0,
    reviewers: environment.reviewers.map(({ type, login }) => ({
      type,
      reviewer: userJson(login, url),
    })),
  };
}

const environmentJson = (repository: Run['repository'], environment: Environment, url: string) => ({
  ...environmentPartJson(environment, repository, url),
  created_at: wireTime(environment.createdAt),
  updated_at: wireTime(environment.updatedAt),
});

function review(call: Call): Answer {
  const run = runOf(call);
  const { environment_ids: ids, state, comment } = bodyOf(call.request, reviewBody);
  const waiting = waitingOf(run).filter(({ environment }) => ids.includes(environment.id));
  if (waiting.length === 0) {
    throw githubError(422, 'There are no pending deployment requests to approve or reject');
  }
  refuseOwn(run, waiting);
  const { store, clock, scheduler } = call.world;
  const environments = waiting.map(({ environment }) => environment.name);
  run.reviews.push({ environments, state, comment, user: ACTOR, at: clock.now() });
  scheduler.review(run, environments, state === 'approved');
  const deployments = waiting.flatMap(({ job }) =>
    job.deploymentId === null ? [] : (store.deployments.get(job.deploymentId) ?? []),
  );
  return ok(deployments.map((each) => deploymentJson(each, run.repository, call.url)));
}

function refuseOwn(run: Run, waiting: readonly Waiting[]): void {
  const isOwn = run.triggeringActor === ACTOR;
  if (!isOwn || !waiting.some(({ environment }) => environment.preventSelfReview)) return;
  throw githubError(422, 'The user who started the run may not approve its deployments');
}
