import { json, Router } from 'express';
import { z } from 'zod';
import type { Address, StandinClock } from '../dependencies.ts';
import type { Events } from '../events/events.ts';
import type { Requested } from '../events/requested.ts';
import type { GitRepositories } from '../git/repositories.ts';
import { githubError, notFound } from '../http/refusal.ts';
import { bodyOf, param } from '../http/request.ts';
import { repositoryJson } from '../present/identity.ts';
import { jobJson, runJson } from '../present/runs.ts';
import { repositoryOf, visibleJobs } from '../rest/lookup.ts';
import type { Run } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { pullRoutes } from './pull-routes.ts';
import { settingsRoutes } from './settings-routes.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly events: Events;
  readonly repositories: GitRepositories;
  readonly requested: Requested;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const repositoryBody = z.strictObject({
  triggerOnPush: z.boolean().optional(),
  private: z.boolean().optional(),
});
const secretBody = z.strictObject({ value: z.string() });
const settingsBody = z
  .strictObject({
    runnerAdminFlow: z.boolean(),
    minimumRunnerVersion: z.string().regex(/^\d+(\.\d+)*$/),
  })
  .partial();
const eventBody = z.strictObject({
  event: z.string().min(1),
  ref: z.string().optional(),
  sha: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  payload: z.record(z.string(), z.unknown()).optional(),
  workflow: z.string().optional(),
  jobs: z.array(z.string()).optional(),
});

/** What GitHub has no API for, or one that is more trouble than a stand-in is worth: `/_standin`. */
export function managementRoutes(deps: Deps): Router {
  const { store, address, repositories, requested } = deps;
  const router = Router();
  const repository = '/repositories/:owner/:repo';
  router.use(json({ limit: '25mb' }));
  router.use(settingsRoutes(deps));
  router.use(pullRoutes(deps));
  router.put(repository, async (request, response) => {
    const [owner, name] = [param(request, 'owner'), param(request, 'repo')];
    if (!NAME.test(owner) || !NAME.test(name)) throw githubError(422, 'The name is not valid');
    const wanted = bodyOf(request, repositoryBody);
    await repositories.create(owner, name);
    const known = store.repository(owner, name);
    const record = known ?? store.addRepository(owner, name);
    record.triggerOnPush = wanted.triggerOnPush ?? record.triggerOnPush;
    record.private = wanted.private ?? record.private;
    response.status(known === undefined ? 201 : 200).json(repositoryJson(record, address.url()));
  });
  router.put(`${repository}/secrets/:name`, (request, response) => {
    const { secrets } = repositoryOf(store, request);
    secrets.set(param(request, 'name').toUpperCase(), bodyOf(request, secretBody).value);
    response.status(204).end();
  });
  router.post(`${repository}/events`, async (request, response) => {
    const started = await requested(repositoryOf(store, request), bodyOf(request, eventBody));
    response.status(201).json({
      runs: started.runs.map((run) => startedRunJson(run, address.url())),
      problems: started.problems,
    });
  });
  router.patch('/settings', (request, response) => {
    response.json(Object.assign(store.settings, bodyOf(request, settingsBody)));
  });
  router.get('/runs/:id/problems', (request, response) => {
    const run = store.runs.get(Number(param(request, 'id')));
    if (run === undefined) throw notFound();
    response.json(run.problems);
  });
  router.get('/jobs/:id/console', (request, response) => {
    const job = store.jobs.get(Number(param(request, 'id')));
    if (job === undefined) throw notFound();
    response.json(job.console);
  });
  return router;
}

/** A run with the jobs that it has at once; others appear as their needs end. */
const startedRunJson = (run: Run, url: string) => ({
  ...runJson(run, url),
  workflow: run.file,
  jobs: visibleJobs(run).map((job) => ({ ...jobJson(job, url), key: job.group.definition.id })),
});
