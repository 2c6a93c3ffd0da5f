import { z } from 'zod';
import { jobConclusion } from '../../contract/webhook.ts';
import { jobIdOf } from '../../domain/ids.ts';
import { instantOrNull } from '../../domain/timestamps.ts';
import type { GitHubListing, RegisteredRunner } from '../../ports/github-listing.ts';
import type { ReportedJob } from '../../ports/job-ledger.ts';
import type { AppCredentials } from './app-credentials.ts';
import { failedDeliveries } from './failed-deliveries.ts';
import { JOB_STATUS } from './github.ts';
import { succeeded } from './http.ts';
import { parsed, type RestCall, type RestClient, refused } from './rest-client.ts';
import { scopePath } from './rest-paths.ts';

export interface ListingDeps {
  readonly rest: RestClient;
  /** Absent where we authenticate with a token. */
  readonly app?: AppCredentials | undefined;
}

const repositoryName = z.looseObject({ full_name: z.string() });
const runsPage = z
  .looseObject({
    workflow_runs: z.array(z.looseObject({ id: z.number(), updated_at: z.string() })),
  })
  .transform(({ workflow_runs: runs }) => runs);
const runnersPage = z
  .looseObject({
    runners: z.array(
      z.looseObject({ id: z.number(), name: z.string(), status: z.string(), busy: z.boolean() }),
    ),
  })
  .transform(({ runners }) => runners);
const job = z.looseObject({
  id: z.number(),
  run_id: z.number(),
  run_attempt: z.number().default(1),
  name: z.string(),
  workflow_name: z.string().nullish(),
  head_sha: z.string(),
  head_branch: z.string().nullish(),
  html_url: z.string().nullish(),
  status: z.string(),
  conclusion: jobConclusion.nullish(),
  labels: z.array(z.string()),
  created_at: z.string().nullish(),
  completed_at: z.string().nullish(),
});
const jobsPage = z.looseObject({ jobs: z.array(job) }).transform(({ jobs }) => jobs);

/** `waiting`, `pending` and `requested` runs have no job that a runner could get (protocol I.1). */
const UNFINISHED = ['queued', 'in_progress'] as const;

type Read = Pick<RestCall, 'what' | 'path' | 'scope' | 'urgency'>;

const reading = (what: string, scope: string | null, path: string): Read => ({
  what,
  path,
  scope,
  urgency: 'background',
});

/** What GitHub knows of runs, jobs, runners and deliveries, read over REST. */
export function createListing({ rest, app }: ListingDeps): GitHubListing {
  return {
    repositories: () => repositoriesOf(rest, app),
    async unfinishedRuns(repository) {
      const lists = await Promise.all(
        UNFINISHED.map((status) => {
          const path = `${scopePath(repository)}/actions/runs?status=${status}&per_page=100`;
          return rest.list(reading('listing runs', repository, path), runsPage);
        }),
      );
      const runs = lists.flat().map(({ id, updated_at }) => [id, updated_at] as const);
      return [...new Map(runs)].map(([id, updatedAt]) => ({ id, updatedAt }));
    },
    async jobsOf(repository, runId) {
      const path = `${scopePath(repository)}/actions/runs/${runId}/jobs?filter=latest&per_page=100`;
      const jobs = await rest.list(reading('listing jobs', repository, path), jobsPage);
      return jobs.map((each) => reportedJob(repository, each));
    },
    async job(repository, workflowJobId) {
      const path = `${scopePath(repository)}/actions/jobs/${workflowJobId}`;
      const call = reading('reading a job', repository, path);
      const reply = await rest.repeat({ ...call, method: 'GET' });
      if (reply.status === 404) return null;
      if (!succeeded(reply)) throw refused(call.what, reply);
      return reportedJob(repository, parsed(call.what, job, reply));
    },
    async runners(scope) {
      const path = `${scopePath(scope)}/actions/runners?per_page=100`;
      const found = await rest.list(reading('listing runners', scope, path), runnersPage);
      return found.map(
        ({ id, name, status, busy }): RegisteredRunner => ({
          ...{ githubId: id, name, busy },
          online: status === 'online',
        }),
      );
    },
    failedDeliveries: (repository, since) => failedDeliveries(rest, repository, since),
  };
}

/** An App sees what it is installed for; a token sees what its user does. */
async function repositoriesOf(
  rest: RestClient,
  app: AppCredentials | undefined,
): Promise<readonly string[]> {
  const what = 'listing repositories';
  if (app === undefined) {
    const page = z.array(repositoryName);
    const found = await rest.list(reading(what, null, 'user/repos?per_page=100'), page);
    return found.map(({ full_name }) => full_name);
  }
  const page = z
    .looseObject({ repositories: z.array(repositoryName) })
    .transform(({ repositories }) => repositories);
  const installations = await app.installations();
  const lists = await Promise.all(
    installations.map(({ account }) =>
      rest.list(reading(what, account, 'installation/repositories?per_page=100'), page),
    ),
  );
  return lists.flat().map(({ full_name }) => full_name);
}

function reportedJob(repository: string, found: z.infer<typeof job>): ReportedJob {
  const status = JOB_STATUS[found.status] ?? 'queued';
  return {
    identity: {
      id: jobIdOf(found.id),
      repository,
      runId: found.run_id,
      runAttempt: found.run_attempt,
      workflow: found.workflow_name ?? '',
      name: found.name,
      labels: found.labels,
      headSha: found.head_sha,
      headBranch: found.head_branch ?? null,
      htmlUrl: found.html_url ?? null,
    },
    report: { status, conclusion: found.conclusion ?? null },
    queuedAt: instantOrNull(found.created_at),
    completedAt: status === 'completed' ? instantOrNull(found.completed_at) : null,
  };
}
