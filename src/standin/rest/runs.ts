import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Address } from '../dependencies.ts';
import type { Requested } from '../events/requested.ts';
import { paginate } from '../http/pagination.ts';
import { githubError, missingField, notFound } from '../http/refusal.ts';
import { bodyOf, param, query } from '../http/request.ts';
import { jobJson, runJson } from '../present/runs.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Run } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { repositoryOf, runOf, visibleJobs } from './lookup.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly scheduler: Scheduler;
  readonly requested: Requested;
}

const REPO = '/repos/:owner/:repo/actions';

const dispatchBody = z.looseObject({
  ref: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).default({}),
});

/** Workflow runs: list, get, their jobs, cancel, and dispatch of a workflow. */
export function runRoutes(deps: Deps): Router {
  const { store, address, scheduler } = deps;
  const router = Router();
  router.get(`${REPO}/runs`, (request, response) => listRuns(deps, request, response));
  router.get(`${REPO}/runs/:id`, (request, response) => {
    response.json(runJson(runOf(store, request), address.url()));
  });
  router.get(`${REPO}/runs/:id/jobs`, (request, response) => {
    const jobs = visibleJobs(runOf(store, request));
    const page = paginate(request, response, jobs, address.of(request));
    response.json({
      total_count: jobs.length,
      jobs: page.map((job) => jobJson(job, address.url())),
    });
  });
  router.post(`${REPO}/runs/:id/cancel`, (request, response) => {
    const run = runOf(store, request);
    if (run.status === 'completed') {
      throw githubError(409, 'Cannot cancel a workflow run that is completed.');
    }
    scheduler.cancelRun(run);
    response.status(202).json({});
  });
  router.post(`${REPO}/workflows/:file/dispatches`, async (request, response) => {
    await dispatch(deps, request);
    response.status(204).end();
  });
  return router;
}

function listRuns({ store, address }: Deps, request: Request, response: Response): void {
  const repository = repositoryOf(store, request);
  const runs = [...store.runs.values()]
    .filter((run) => run.repository === repository && matches(run, request))
    .reverse();
  const page = paginate(request, response, runs, address.of(request));
  response.json({
    total_count: runs.length,
    workflow_runs: page.map((run) => runJson(run, address.url())),
  });
}

/** The filters of the list; `status` names a status or a conclusion. */
function matches(run: Run, request: Request): boolean {
  const status = query(request, 'status');
  const wanted: readonly (readonly [string | undefined, string | null])[] = [
    [query(request, 'event'), run.event],
    [query(request, 'branch'), run.headRef],
    [query(request, 'head_sha'), run.sha],
    [query(request, 'actor'), run.actor],
  ];
  return (
    wanted.every(([filter, value]) => filter === undefined || filter === value) &&
    (status === undefined || status === run.status || status === run.conclusion)
  );
}

async function dispatch({ store, requested }: Deps, request: Request): Promise<void> {
  const repository = repositoryOf(store, request);
  const { ref, inputs } = bodyOf(request, dispatchBody);
  if (ref === undefined) throw missingField('WorkflowDispatch', 'ref');
  const named = param(request, 'file');
  const file = [...repository.workflowIds].find(([, id]) => String(id) === named)?.[0] ?? named;
  const { runs, problems } = await requested(repository, {
    event: 'workflow_dispatch',
    ref,
    inputs,
    workflow: file,
  });
  if (problems.length > 0) throw githubError(422, 'Failed to parse workflow', problems);
  if (runs.length === 0) throw notFound();
}
