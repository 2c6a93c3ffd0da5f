import { json, Router } from 'express';
import { z } from 'zod';
import { type Address, type StandinClock, wireTime } from '../dependencies.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitRepositories } from '../git/repositories.ts';
import { Refusal } from '../http/refusal.ts';
import { bodyOf, credentialOf } from '../http/request.ts';
import { fullName, type Job } from '../state/model.ts';
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

const resolveBody = z.looseObject({
  actions: z.array(
    z.looseObject({ action: z.string(), version: z.string(), path: z.string().nullish() }),
  ),
});

const TOKEN_MS = 3_600_000;

/** The launch service: where the actions of a job are (protocol F.1), of repositories kept here. */
export function actionRoutes(deps: Deps): Router {
  const router = Router();
  router.post(
    '/actions/build/:plan/jobs/:job/runnerresolve/actions',
    json({ type: () => true }),
    async (request, response) => {
      const id = await deps.tokens.jobId(credentialOf(request));
      const job = id === null ? undefined : deps.store.jobs.get(id);
      if (job === undefined) throw new Refusal(401, { message: 'The token is not valid' });
      const { actions } = bodyOf(request, resolveBody, (detail) => new Refusal(400, { detail }));
      const entries = await Promise.all(
        actions.map(async ({ action, version }) => {
          return [`${action}@${version}`, await resolve(deps, job, action, version)] as const;
        }),
      );
      const unknown = entries.filter(([, found]) => found === null).map(([key]) => key);
      if (unknown.length > 0) throw new Refusal(422, { errors: errorsOf(unknown) });
      response.json({ actions: Object.fromEntries(entries) });
    },
  );
  return router;
}

const errorsOf = (keys: readonly string[]) =>
  Object.fromEntries(
    keys.map((key) => [key, { message: `Unable to resolve action ${key}, repository not found` }]),
  );

async function resolve(deps: Deps, job: Job, action: string, version: string) {
  const [owner = '', name = ''] = action.split('/');
  const repository = deps.store.repository(owner, name);
  if (repository === undefined) return null;
  const sha = await deps.history.resolve(deps.repositories.pathOf(owner, name), version);
  if (sha === null) return null;
  const api = `${deps.address.url()}/api/v3/repos/${fullName(repository)}`;
  return {
    name: action,
    resolved_name: fullName(repository),
    resolved_sha: sha,
    tar_url: `${api}/tarball/${sha}`,
    zip_url: `${api}/zipball/${sha}`,
    version,
    authentication: { expires_at: wireTime(deps.clock.now() + TOKEN_MS), token: job.githubToken },
  };
}
