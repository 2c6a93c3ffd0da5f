import type { Address } from '../dependencies.ts';
import { ACTOR } from '../events/payloads.ts';
import { deploymentJson, deploymentStatusJson } from '../present/deployments.ts';
import { organizationJson, repositoryJson, userJson } from '../present/identity.ts';
import { jobJson, runJson, workflowJson } from '../present/runs.ts';
import type { Announcer } from '../scheduler/conclude.ts';
import type { Job, Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { Deliver } from './deliver.ts';
import { createHookMessages, type HookMessages } from './hook-messages.ts';
import { receiversOf, withInstallation } from './receivers.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly deliver: Deliver;
}

export interface Webhooks extends Announcer, HookMessages {
  push(repository: Repository, payload: object): void;
  /** Any other event, with the payload that its runs see. */
  event(repository: Repository, event: string, action: string | null, payload: object): void;
  /** Any other event of a repository; `members` are those that it has beside the usual ones. */
  about(repository: Repository, event: string, action: string | null, members: object): void;
}

/** Turns what happens into webhooks, for the hooks of the repository and of its owner. */
export function createWebhooks({ store, address, deliver }: Deps): Webhooks {
  function send(repository: Repository, event: string, action: string | null, body: object): void {
    const text = JSON.stringify(body);
    for (const { hook, installation } of receiversOf(store, repository, event)) {
      const payload = installation === null ? text : withInstallation(body, installation);
      const installationId = installation?.id ?? null;
      deliver(hook, { event, action, payload, installationId, repositoryId: repository.id });
    }
  }

  const surroundings = (repository: Repository, actor: string) => ({
    repository: repositoryJson(repository, address.url()),
    organization: organizationJson(repository.owner, address.url()),
    sender: userJson(actor, address.url()),
  });

  const surroundingsOfDeployment = ({ run }: Job) => ({
    workflow: workflowJson(run, address.url()),
    workflow_run: runJson(run, address.url()),
  });

  return {
    job(action, job) {
      const { repository, actor } = job.run;
      send(repository, 'workflow_job', action, {
        action,
        workflow_job: jobJson(job, address.url()),
        ...surroundings(repository, actor),
      });
    },
    run(action, run) {
      send(run.repository, 'workflow_run', action, {
        action,
        workflow_run: runJson(run, address.url()),
        workflow: workflowJson(run, address.url()),
        ...surroundings(run.repository, run.actor),
      });
    },
    deployment(deployment, job) {
      const { repository, actor } = job.run;
      send(repository, 'deployment', 'created', {
        action: 'created',
        deployment: deploymentJson(deployment, repository, address.url()),
        ...surroundingsOfDeployment(job),
        ...surroundings(repository, actor),
      });
    },
    deploymentStatus(deployment, status, job) {
      const { repository, actor } = job.run;
      const url = address.url();
      send(repository, 'deployment_status', 'created', {
        action: 'created',
        deployment: deploymentJson(deployment, repository, url),
        deployment_status: deploymentStatusJson(deployment, status, repository, url),
        check_run: null,
        ...surroundingsOfDeployment(job),
        ...surroundings(repository, actor),
      });
    },
    about: (repository, event, action, members) =>
      send(repository, event, action, {
        ...(action === null ? {} : { action }),
        ...members,
        ...surroundings(repository, ACTOR),
      }),
    push: (repository, payload) => send(repository, 'push', null, payload),
    event: send,
    ...createHookMessages({ store, address, deliver }),
  };
}
