import { type Response, Router } from 'express';
import { messageOf } from '../../domain/errors.ts';
import type { Address, StandinLog } from '../dependencies.ts';
import { exitOf, type Git } from '../git/command.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitRepositories } from '../git/repositories.ts';
import { notFound } from '../http/refusal.ts';
import { credentialOf, param } from '../http/request.ts';
import { fullName, type Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { SignedPaths } from '../tokens/signed-paths.ts';
import type { CallerOf } from './authorize.ts';
import { repositoryOf } from './lookup.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly git: Git;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly log: StandinLog;
  readonly signedPaths: SignedPaths;
  readonly callerOf: CallerOf;
}

/** As long as GitHub's archive links of private repositories live. */
const VALID_MS = 5 * 60_000;

const FORMATS = { 'tar.gz': 'application/x-gzip', zip: 'application/zip' } as const;
type Format = keyof typeof FORMATS;

/** Where an archive is served; the `legacy` ones are those of the REST API. */
export const archivePath = (repository: Repository, kind: string, sha: string): string =>
  `/_codeload/${fullName(repository)}/${kind}/${sha}`;

/** `tarball` and `zipball` of the REST API: a redirect to the archive itself. */
export function archiveLinkRoutes(deps: Deps): Router {
  const router = Router();
  for (const [name, format] of [
    ['tarball', 'tar.gz'],
    ['zipball', 'zip'],
  ]) {
    const path = `/repos/:owner/:repo/${name}`;
    router.get([path, `${path}/*ref`], async (request, response) => {
      const repository = repositoryOf(deps.store, request);
      const name = param(request, 'ref') || repository.defaultBranch;
      const sha = await deps.history.resolveName(pathOf(deps, repository), name);
      if (sha === null) throw notFound();
      const archive = archivePath(repository, `legacy.${format}`, sha);
      const signed = deps.signedPaths.sign(archive, 'r', VALID_MS);
      response.redirect(302, `${deps.address.of(request)}${repository.private ? signed : archive}`);
    });
  }
  return router;
}

/** The archives, as codeload.github.com serves them: private ones by signature or credential. */
export function archiveRoutes(deps: Deps): Router {
  const router = Router();
  router.get('/_codeload/:owner/:repo/:kind/*ref', async (request, response) => {
    const repository = repositoryOf(deps.store, request);
    const allowed =
      !repository.private ||
      deps.signedPaths.allows(request, request.path, 'r') ||
      deps.callerOf(credentialOf(request)) !== null;
    const [, legacy, format] = /^(legacy\.)?(tar\.gz|zip)$/.exec(param(request, 'kind')) ?? [];
    const sha = await deps.history.resolveName(pathOf(deps, repository), param(request, 'ref'));
    if (!allowed || format === undefined || sha === null) throw notFound();
    const name = legacy === undefined ? repository.name : fullName(repository).replace('/', '-');
    const top = `${name}-${legacy === undefined ? sha : sha.slice(0, 7)}`;
    await send(deps, response, repository, { sha, top, format: format as Format });
  });
  return router;
}

const pathOf = ({ repositories }: Deps, { owner, name }: Repository): string =>
  repositories.pathOf(owner, name);

/** An archive with the one top folder that clients expect (protocol F.2). */
async function send(
  deps: Deps,
  response: Response,
  repository: Repository,
  { sha, top, format }: { readonly sha: string; readonly top: string; readonly format: Format },
): Promise<void> {
  const args = ['archive', `--format=${format}`, `--prefix=${top}/`, sha];
  const child = deps.git.start([`--git-dir=${pathOf(deps, repository)}`, ...args]);
  child.stdin.end();
  child.stderr.resume();
  response.attachment(`${top}.${format}`).type(FORMATS[format]);
  response.once('close', () => child.kill());
  child.stdout.on('error', (error) => deps.log.warn('archive broke', { error: messageOf(error) }));
  child.stdout.pipe(response, { end: false });
  if ((await exitOf(child)) === 0) response.end();
  else response.destroy();
}
