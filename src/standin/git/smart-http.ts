import { createGunzip } from 'node:zlib';
import { type Request, type Response, Router } from 'express';
import type { StandinLog } from '../dependencies.ts';
import { credentialOf, query } from '../http/request.ts';
import { type Caller, type CallerOf, mayChange, mayRead } from '../rest/callers/caller.ts';
import { grantsOf, isGranted } from '../rest/callers/permissions.ts';
import type { Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { exitOf, type Git } from './command.ts';
import { type GitRepositories, NO_COMMIT } from './repositories.ts';

export interface RefUpdate {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

interface Deps {
  readonly store: Store;
  readonly git: Git;
  readonly repositories: GitRepositories;
  readonly log: StandinLog;
  readonly callerOf: CallerOf;
  readonly onPush: (repository: Repository, updates: readonly RefUpdate[], byJob: boolean) => void;
}

const SERVICES = ['git-upload-pack', 'git-receive-pack'];

/** Repositories over git's smart HTTP protocol, at `/{owner}/{repo}.git`. */
export function gitRoutes(deps: Deps): Router {
  const router = Router();
  const pushes = new Map<string, Promise<void>>();
  router.get(/^\/([^/]+)\/([^/]+?)(?:\.git)?\/info\/refs$/, async (request, response) => {
    const repository = await open(deps, request, response);
    const service = query(request, 'service') ?? '';
    if (repository === null) return;
    if (!SERVICES.includes(service)) return void response.status(403).end();
    response.setHeader('Content-Type', `application/x-${service}-advertisement`);
    response.setHeader('Cache-Control', 'no-cache');
    const heading = `# service=${service}\n`;
    response.write(`${(heading.length + 4).toString(16).padStart(4, '0')}${heading}0000`);
    await pipe(deps, request, response, service, repository, ['--advertise-refs']);
  });
  router.post(
    /^\/([^/]+)\/([^/]+?)(?:\.git)?\/git-(upload|receive)-pack$/,
    async (request, response) => {
      const repository = await open(deps, request, response);
      if (repository === null) return;
      const service = `git-${String(request.params[2])}-pack`;
      response.setHeader('Content-Type', `application/x-${service}-result`);
      response.setHeader('Cache-Control', 'no-cache');
      if (service === 'git-upload-pack')
        return pipe(deps, request, response, service, repository, []);
      const key = `${repository.owner}/${repository.name}`;
      const turn = (pushes.get(key) ?? Promise.resolve()).then(() =>
        receive(deps, request, response, repository),
      );
      pushes.set(
        key,
        turn.catch(() => undefined),
      );
      await turn;
    },
  );
  return router;
}

/** The repository that the path names, or null after the answer that refuses it. */
async function open(deps: Deps, request: Request, response: Response): Promise<Repository | null> {
  const caller = await deps.callerOf(credentialOf(request));
  const repository = deps.store.repository(String(request.params[0]), String(request.params[1]));
  const isKnown = repository !== undefined && caller !== null && mayRead(caller, repository);
  if (caller === null || (caller.kind === 'anonymous' && (!isKnown || isPush(request)))) {
    response.setHeader('WWW-Authenticate', 'Basic realm="GitHub"');
    response.status(401).send('Authentication required.\n');
    return null;
  }
  if (!isKnown) {
    response.status(404).send('Repository not found.\n');
    return null;
  }
  if (isPush(request) && !mayPush(caller, repository)) {
    response.status(403).send('Write access to repository not granted.\n');
    return null;
  }
  return repository;
}

function mayPush(caller: Caller, repository: Repository): boolean {
  if (!mayChange(caller, repository)) return false;
  const isLimited = caller.kind === 'job' || caller.kind === 'installation';
  return !isLimited || isGranted(grantsOf(caller), 'contents=write');
}

const isPush = (request: Request): boolean =>
  request.path.endsWith('/git-receive-pack') || query(request, 'service') === 'git-receive-pack';

async function pipe(
  deps: Deps,
  request: Request,
  response: Response,
  service: string,
  repository: Repository,
  options: readonly string[],
): Promise<void> {
  const path = deps.repositories.pathOf(repository.owner, repository.name);
  const command = service.slice('git-'.length);
  const child = deps.git.start([command, '--stateless-rpc', ...options, path]);
  const complaints: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  child.stdout.pipe(response);
  response.once('close', () => child.kill());
  const packed = request.headers['content-encoding'] === 'gzip';
  const body = packed ? request.pipe(createGunzip()) : request;
  body.on('error', () => child.kill());
  body.pipe(child.stdin);
  const code = await exitOf(child);
  if (code !== 0) {
    const detail = Buffer.concat(complaints).toString('utf8').trim();
    deps.log.warn('git service failed', { service, code, detail });
  }
  response.end();
}

/** receive-pack, then a look at which refs it changed. One push at a time changes a repository. */
async function receive(
  deps: Deps,
  request: Request,
  response: Response,
  repository: Repository,
): Promise<void> {
  const { repositories } = deps;
  const path = repositories.pathOf(repository.owner, repository.name);
  const caller = await deps.callerOf(credentialOf(request));
  const before = await repositories.refs(path);
  await pipe(deps, request, response, 'git-receive-pack', repository, []);
  const after = await repositories.refs(path);
  const updates = updatesBetween(before, after);
  await adoptDefaultBranch(deps, path, repository, after);
  if (updates.length > 0) deps.onPush(repository, updates, caller?.kind === 'job');
}

function updatesBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly RefUpdate[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .map((ref) => ({
      ref,
      before: before.get(ref) ?? NO_COMMIT,
      after: after.get(ref) ?? NO_COMMIT,
    }))
    .filter((update) => update.before !== update.after);
}

/** The first branch that is pushed becomes the default branch, as at GitHub. */
async function adoptDefaultBranch(
  { repositories }: Deps,
  path: string,
  repository: Repository,
  refs: ReadonlyMap<string, string>,
): Promise<void> {
  if (refs.has(`refs/heads/${repository.defaultBranch}`)) return;
  const first = [...refs.keys()].find((ref) => ref.startsWith('refs/heads/'));
  if (first === undefined) return;
  repository.defaultBranch = first.slice('refs/heads/'.length);
  await repositories.setDefaultBranch(path, repository.defaultBranch);
}
