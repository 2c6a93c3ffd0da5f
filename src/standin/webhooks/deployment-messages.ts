import { deploymentJson, deploymentStatusJson } from '../present/deployments.ts';
import { runJson, workflowJson } from '../present/runs.ts';
import type { Announcer } from '../scheduler/conclude.ts';
import type { Deployment } from '../state/environments.ts';
import type { Job, Run } from '../state/model.ts';

interface Deps {
  readonly deployments: ReadonlyMap<number, Deployment>;
  readonly url: () => string;
  readonly send: (run: Run, event: string, action: string, members: object) => void;
}

type Messages = Pick<Announcer, 'deployment' | 'deploymentStatus'>;

/** What jobs deploy where: `deployment`, `deployment_status`. */
export function createDeploymentMessages({ url, send }: Omit<Deps, 'deployments'>): Messages {
  const ofRun = (run: Run) => ({
    workflow: workflowJson(run, url()),
    workflow_run: runJson(run, url()),
  });
  return {
    deployment: (deployment, { run }) =>
      send(run, 'deployment', 'created', {
        deployment: deploymentJson(deployment, run.repository, url()),
        ...ofRun(run),
      }),
    deploymentStatus: (deployment, status, { run }) =>
      send(run, 'deployment_status', 'created', {
        deployment: deploymentJson(deployment, run.repository, url()),
        deployment_status: deploymentStatusJson(deployment, status, run.repository, url()),
        check_run: null,
        ...ofRun(run),
      }),
  };
}

/** The deployment of a job, which its own events carry; nothing where it has none. */
export function deploymentOfJob(
  { deployments, url }: Pick<Deps, 'deployments' | 'url'>,
  { deploymentId, run }: Job,
): object {
  const deployment = deploymentId === null ? undefined : deployments.get(deploymentId);
  return deployment === undefined
    ? {}
    : { deployment: deploymentJson(deployment, run.repository, url()) };
}
