import { json, type Request, Router } from 'express';
import { z } from 'zod';
import { type Address, type StandinClock, wireTime } from '../dependencies.ts';
import { archivePath } from '../git/archive-routes.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitRepositories } from '../git/repositories.ts';
import { Refusal } from '../http/refusal.ts';
import { bodyOf, credentialOf, param } from '../http/request.ts';
import { wireObject } from '../http/wire-object.ts';
import { fullName, type Job, type Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
}

const reference = wireObject({
  action: z.string(),
  version: z.string(),
  path: z.string().nullish(),
});
const resolveBody = wireObject({ actions: z.array(reference) });
type Reference = z.infer<typeof reference>;

const TOKEN_MS = 3_600_000;

/** The launch service: where the actions of a job are (protocol F.1), of repositories kept here. */
export function actionRoutes(deps: Deps): Router {
  const router = Router();
  router.post(
    '/actions/build/:plan/jobs/:job/runnerresolve/actions',
    json({ type: () => true }),
    async (request, response) => {
      const job = await jobOf(deps, request);
      const { actions } = bodyOf(request, resolveBody, (detail) => new Refusal(400, { detail }));
      const answers = await Promise.all(
        actions.map(async (each) => [keyOf(each), await resolve(deps, job, each)] as const),
      );
      const problems = answers.flatMap(([key, found]) =>
        typeof found === 'string' ? [[key, { message: found }] as const] : [],
      );
      if (problems.length > 0) throw new Refusal(422, { errors: Object.fromEntries(problems) });
      response.json({ actions: Object.fromEntries(answers) });
    },
  );
  return router;
}

async function jobOf({ store, tokens }: Deps, request: Request): Promise<Job> {
  const id = await tokens.jobId(credentialOf(request));
  const job = id === null ? undefined : store.jobs.get(id);
  if (job === undefined) throw new Refusal(401, { message: 'The token is not valid' });
  if (param(request, 'job') !== job.backendId || param(request, 'plan') !== job.run.planId) {
    throw new Refusal(404, { message: 'The job was not found' });
  }
  return job;
}

const keyOf = ({ action, version }: Reference): string => `${action}@${version}`;

/** What an action stands for now, or why it stands for nothing. */
async function resolve(deps: Deps, job: Job, wanted: Reference) {
  const { store, repositories, history } = deps;
  const [owner = '', name = ''] = wanted.action.split('/');
  const { version } = wanted;
  const unable = `Unable to resolve action \`${keyOf(wanted)}\``;
  const repository = store.repository(owner, name);
  if (repository === undefined) return `${unable}, repository not found`;
  const path = repositories.pathOf(owner, name);
  const sha = await history.resolveName(path, version);
  if (sha === null) return `${unable}, unable to find version \`${version}\``;
  if (await isShortSha(deps, path, version, sha)) {
    return `${unable}, the provided ref \`${version}\` is the shortened version of a commit SHA, which is not supported. Please use the full commit SHA \`${sha}\` instead.`;
  }
  return resolved(deps, job, repository, wanted, sha);
}

/** GitHub takes a shortened commit id for no action; a branch or tag may look like one. */
async function isShortSha(
  { repositories }: Deps,
  path: string,
  version: string,
  sha: string,
): Promise<boolean> {
  const lower = version.toLowerCase();
  if (!/^[0-9a-f]{4,39}$/.test(lower) || !sha.startsWith(lower)) return false;
  const refs = await repositories.refs(path);
  return !refs.has(`refs/tags/${version}`) && !refs.has(`refs/heads/${version}`);
}

/** One entry of the answer; only private repositories come with a token for the download. */
function resolved(
  { address, clock }: Deps,
  job: Job,
  repository: Repository,
  { action, version }: Reference,
  sha: string,
) {
  const link = (kind: string): string => `${address.url()}${archivePath(repository, kind, sha)}`;
  const authentication = {
    expires_at: wireTime(clock.now() + TOKEN_MS),
    token: job.githubToken,
  };
  return {
    name: action,
    resolved_name: fullName(repository),
    resolved_sha: sha,
    tar_url: link('tar.gz'),
    zip_url: link('zip'),
    version,
    authentication: repository.private ? authentication : null,
  };
}
