import { json, Router } from 'express';
import { z } from 'zod';
import { githubError, notFound } from '../http/refusal.ts';
import { bodyOf, param } from '../http/request.ts';
import { repositoryJson } from '../present/identity.ts';
import { jobJson, runJson } from '../present/runs.ts';
import { repositoryOf, visibleJobs } from '../rest/lookup.ts';
import type { RestWorld } from '../rest/world.ts';
import { REPOSITORY_NAME, type Run } from '../state/model.ts';
import { accountRoutes } from './account-routes.ts';
import { pullRoutes } from './pull-routes.ts';
import { runnerServiceRoutes } from './runner-service-routes.ts';
import { settingsRoutes } from './settings-routes.ts';

const repositoryBody = z.strictObject({
  triggerOnPush: z.boolean().optional(),
  private: z.boolean().optional(),
});
const secretBody = z.strictObject({ value: z.string() });
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
export function managementRoutes(world: RestWorld): Router {
  const { store, address, repositories, requested } = world;
  const router = Router();
  const repository = '/repositories/:owner/:repo';
  router.use(json({ limit: '25mb' }));
  router.use(accountRoutes(world));
  router.use(settingsRoutes(world));
  router.use(pullRoutes(world));
  router.use(runnerServiceRoutes(world.store));
  router.put(repository, async (request, response) => {
    const [owner, name] = [param(request, 'owner'), param(request, 'repo')];
    if (!REPOSITORY_NAME.test(owner) || !REPOSITORY_NAME.test(name))
      throw githubError(422, 'The name is not valid');
    const wanted = bodyOf(request, repositoryBody);
    await repositories.create(owner, name);
    const known = store.repository(owner, name);
    const record = known ?? store.addRepository(owner, name);
    record.triggerOnPush = wanted.triggerOnPush ?? record.triggerOnPush;
    record.private = wanted.private ?? record.private;
    response.status(known === undefined ? 201 : 200).json(repositoryJson(record, address.url()));
  });
  router.put(`${repository}/secrets/:name`, (request, response) => {
    const { secrets } = repositoryOf({ world, request });
    secrets.set(param(request, 'name').toUpperCase(), bodyOf(request, secretBody).value);
    response.status(204).end();
  });
  router.post(`${repository}/events`, async (request, response) => {
    const started = await requested(repositoryOf({ world, request }), bodyOf(request, eventBody));
    response.status(201).json({
      runs: started.runs.map((run) => startedRunJson(run, address.url())),
      problems: started.problems,
    });
  });
  router.get('/runs/:id/problems', (request, response) => {
    const run = store.runs.get(Number(param(request, 'id')));
    if (run === undefined) throw notFound();
    response.json(run.problems);
  });
  return router;
}

/** A run with the jobs that it has at once; others appear as their needs end. */
const startedRunJson = (run: Run, url: string) => ({
  ...runJson(run, url),
  workflow: run.file,
  jobs: visibleJobs(run).map((job) => ({ ...jobJson(job, url), key: job.group.definition.id })),
});
