import { type Response, Router } from 'express';
import { messageOf } from '../../domain/errors.ts';
import type { StandinLog } from '../dependencies.ts';
import { notFound } from '../http/refusal.ts';
import { credentialOf, param } from '../http/request.ts';
import { type CallerOf, mayRead } from '../rest/callers/caller.ts';
import { fullName, type Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { SignedPaths } from '../tokens/signed-paths.ts';
import { exitOf, type Git } from './command.ts';
import type { GitHistory } from './history.ts';
import type { GitRepositories } from './repositories.ts';

interface Deps {
  readonly store: Store;
  readonly git: Git;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly log: StandinLog;
  readonly signedPaths: SignedPaths;
  readonly callerOf: CallerOf;
}

const FORMATS = { 'tar.gz': 'application/x-gzip', zip: 'application/zip' } as const;
type Format = keyof typeof FORMATS;

/** Where an archive is served; the `legacy` ones are those of the REST API. */
export const archivePath = (repository: Repository, kind: string, sha: string): string =>
  `/_codeload/${fullName(repository)}/${kind}/${sha}`;

/** The archives, as codeload.github.com serves them: private ones by signature or credential. */
export function archiveRoutes(deps: Deps): Router {
  const router = Router();
  router.get('/_codeload/:owner/:repo/:kind/*ref', async (request, response) => {
    const repository = deps.store.repository(param(request, 'owner'), param(request, 'repo'));
    if (repository === undefined) throw notFound();
    const caller = await deps.callerOf(credentialOf(request));
    const allowed =
      deps.signedPaths.allows(request, request.path, 'r') ||
      (caller !== null && mayRead(caller, repository));
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
