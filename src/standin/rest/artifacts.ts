import { type Request, Router } from 'express';
import { type Address, type StandinClock, wireTime } from '../dependencies.ts';
import { paginate } from '../http/pagination.ts';
import { notFound } from '../http/refusal.ts';
import { param, query } from '../http/request.ts';
import { nodeId } from '../present/identity.ts';
import { artifactsOf, forget } from '../results/artifacts.ts';
import { artifactName, type Blobs } from '../results/blobs.ts';
import { type Artifact, fullName, type Run } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { repositoryOf, runOf } from './lookup.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly blobs: Blobs;
}

/** Artifacts of runs and repositories; expired ones are gone. */
export function artifactRoutes(deps: Deps): Router {
  const { store, clock, address, blobs } = deps;
  const router = Router();
  const actions = '/repos/:owner/:repo/actions';
  const one = `${actions}/artifacts/:id`;

  for (const path of [`${actions}/artifacts`, `${actions}/runs/:id/artifacts`]) {
    router.get(path, (request, response) => {
      const name = query(request, 'name');
      const all = runsOf(store, request)
        .flatMap((run) => artifactsOf(store, clock, run))
        .filter((artifact) => name === undefined || artifact.name === name);
      const page = paginate(request, response, all, address.of(request));
      const artifacts = page.map((artifact) => artifactJson(artifact, address.of(request)));
      response.json({ total_count: all.length, artifacts });
    });
  }
  router.get(one, (request, response) => {
    response.json(artifactJson(artifactOf(deps, request), address.of(request)));
  });
  router.get(`${one}/zip`, (request, response) => {
    const path = blobs.signedPath(artifactName(artifactOf(deps, request).id), 'r');
    response.redirect(302, `${address.of(request)}${path}`);
  });
  router.delete(one, async (request, response) => {
    await forget(deps, artifactOf(deps, request));
    response.status(204).end();
  });
  return router;
}

/** The run that the path names, or all runs of its repository. */
function runsOf(store: Store, request: Request): readonly Run[] {
  if (param(request, 'id') !== '') return [runOf(store, request)];
  const repository = repositoryOf(store, request);
  return [...store.runs.values()].filter((run) => run.repository === repository).reverse();
}

function artifactOf({ store, clock }: Deps, request: Request): Artifact {
  const repository = repositoryOf(store, request);
  const artifact = store.artifacts.get(Number(param(request, 'id')));
  if (artifact?.job.run.repository !== repository) throw notFound();
  if (!artifactsOf(store, clock, artifact.job.run).includes(artifact)) throw notFound();
  return artifact;
}

function artifactJson(
  { id, name, size, digest, createdAt, expiresAt, job }: Artifact,
  url: string,
) {
  const { run } = job;
  const self = `${url}/api/v3/repos/${fullName(run.repository)}/actions/artifacts/${id}`;
  return {
    id,
    node_id: nodeId('ART', id),
    name,
    size_in_bytes: size,
    url: self,
    archive_download_url: `${self}/zip`,
    expired: false,
    digest,
    created_at: wireTime(createdAt),
    updated_at: wireTime(createdAt),
    expires_at: wireTime(expiresAt),
    workflow_run: {
      id: run.id,
      repository_id: run.repository.id,
      head_repository_id: run.repository.id,
      head_branch: run.headRef,
      head_sha: run.sha,
    },
  };
}
