import { wireTime } from '../dependencies.ts';
import { checkAppJson, checkRunJson } from '../present/checks.ts';
import { nodeId } from '../present/identity.ts';
import type { App } from '../state/apps.ts';
import { ACTIONS_APP_ID, type CheckRun, checkOfJob, checkOfStartup } from '../state/checks.ts';
import { fullName, type Job, type Run } from '../state/model.ts';

/** Sends an event of a run's repository. */
type Send = (run: Run, event: string, action: string, members: object) => void;

interface Deps {
  readonly apps: ReadonlyMap<number, App>;
  readonly url: () => string;
  readonly send: Send;
}

/** The check runs that jobs also are, and the check suite that a run also is: `check_run`, `check_suite`. */
export function createCheckMessages({ apps, url, send }: Deps) {
  const tell = (run: Run, action: 'created' | 'completed', check: CheckRun): void =>
    send(run, 'check_run', action, {
      check_run: {
        ...checkRunJson(check, apps, url()),
        check_suite: suiteOfRunJson(run, apps, url()),
      },
    });

  return {
    /** A check run is made when its job is first heard of, and completed with it. */
    job(action: 'waiting' | 'queued' | 'in_progress' | 'completed', job: Job): void {
      const isNew = action === 'waiting' || (action === 'queued' && job.gate === null);
      if (isNew) tell(job.run, 'created', checkOfJob(job));
      if (action === 'completed') tell(job.run, 'completed', checkOfJob(job));
    },
    run(action: 'requested' | 'in_progress' | 'completed', run: Run): void {
      if (action === 'in_progress') return;
      for (const check of checkOfStartup(run))
        tell(run, action === 'requested' ? 'created' : action, check);
      send(run, 'check_suite', action, { check_suite: suiteOfRunJson(run, apps, url()) });
    },
  };
}

/** The check suite of a run, as the webhooks show it. */
function suiteOfRunJson(run: Run, apps: ReadonlyMap<number, App>, url: string) {
  const self = `${url}/api/v3/repos/${fullName(run.repository)}/check-suites/${run.id}`;
  const head = {
    id: run.headSha,
    tree_id: run.headSha,
    message: run.displayTitle,
    timestamp: wireTime(run.createdAt),
    author: { name: run.actor, email: `${run.actor}@users.noreply.github.com` },
    committer: { name: run.actor, email: `${run.actor}@users.noreply.github.com` },
  };
  return {
    id: run.id,
    node_id: nodeId('CS', run.id),
    head_branch: run.headRef,
    head_sha: run.headSha,
    status: run.status,
    conclusion: run.conclusion,
    url: self,
    before: beforeOf(run),
    after: run.headSha,
    pull_requests: [],
    app: checkAppJson(apps, ACTIONS_APP_ID, url),
    created_at: wireTime(run.createdAt),
    updated_at: wireTime(run.updatedAt),
    rerequestable: true,
    runs_rerequestable: true,
    latest_check_runs_count: 0,
    check_runs_url: `${self}/check-runs`,
    head_commit: head,
  };
}

/** What the branch was at before, where the event says so. */
const beforeOf = ({ payload }: Run): string | null =>
  typeof payload['before'] === 'string' ? payload['before'] : null;
