import { type Request, type Response, Router } from 'express';
import type { Address } from '../dependencies.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitRepositories } from '../git/repositories.ts';
import { notFound } from '../http/refusal.ts';
import { param, query } from '../http/request.ts';
import { repositoryJson } from '../present/identity.ts';
import type { Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { repositoryOf } from './lookup.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
}

/** Repositories and their files. */
export function contentRoutes(deps: Deps): Router {
  const { store, address } = deps;
  const router = Router();
  router.get('/repos/:owner/:repo', (request, response) => {
    response.json(repositoryJson(repositoryOf(store, request), address.url()));
  });
  router.get('/repos/:owner/:repo/contents/*path', (request, response) =>
    sendFile(deps, request, response),
  );
  router.get('/repos/:owner/:repo/commits/*ref', async (request, response) => {
    response.json({
      sha: await commitOf(deps, repositoryOf(store, request), param(request, 'ref')),
    });
  });
  return router;
}

const pathOf = ({ repositories }: Deps, repository: Repository): string =>
  repositories.pathOf(repository.owner, repository.name);

/** The commit of a branch, a tag or a commit id; the default branch for an empty name. */
async function commitOf(deps: Deps, repository: Repository, name: string): Promise<string> {
  const sha = await deps.history.resolveName(
    pathOf(deps, repository),
    name || repository.defaultBranch,
  );
  if (sha === null) throw notFound();
  return sha;
}

async function sendFile(deps: Deps, request: Request, response: Response): Promise<void> {
  const repository = repositoryOf(deps.store, request);
  const file = param(request, 'path');
  const sha = await commitOf(deps, repository, query(request, 'ref') ?? '');
  const content = await deps.history.read(pathOf(deps, repository), sha, file);
  if (content === null) throw notFound();
  if (/raw/.test(request.headers.accept ?? '')) {
    response.type('application/octet-stream').send(content);
    return;
  }
  response.json({
    type: 'file',
    encoding: 'base64',
    size: content.length,
    name: file.split('/').at(-1),
    path: file,
    content: content.toString('base64'),
  });
}
