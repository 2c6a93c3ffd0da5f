import type { Address } from '../dependencies.ts';
import { ACTOR } from '../events/payloads.ts';
import { organizationJson, repositoryJson, userJson } from '../present/identity.ts';
import { jobJson, runJson, workflowJson } from '../present/runs.ts';
import type { Announcer } from '../scheduler/conclude.ts';
import type { Repository, Run } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { createCheckMessages } from './check-messages.ts';
import type { Deliver } from './deliver.ts';
import { createDeploymentMessages, deploymentOfJob } from './deployment-messages.ts';
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
    const receivers = receiversOf(store, repository, event);
    if (receivers.length === 0) return;
    const text = JSON.stringify(body);
    for (const { hook, installation } of receivers) {
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

  const { url } = address;
  const ofRun = (run: Run, event: string, action: string, members: object): void =>
    send(run.repository, event, action, {
      action,
      ...members,
      ...surroundings(run.repository, run.actor),
    });
  const { apps, deployments } = store;
  const checks = createCheckMessages({ apps, url, send: ofRun });

  return {
    job(action, job) {
      const json = jobJson(job, url());
      ofRun(job.run, 'workflow_job', action, {
        // The event has one word for all that holds a job back (protocol I.1).
        workflow_job: action === 'waiting' ? { ...json, status: 'waiting' } : json,
        ...deploymentOfJob({ deployments, url }, job),
      });
      checks.job(action, job);
    },
    run(action, run) {
      ofRun(run, 'workflow_run', action, {
        workflow_run: runJson(run, url()),
        workflow: workflowJson(run, url()),
      });
      checks.run(action, run);
    },
    ...createDeploymentMessages({ url, send: ofRun }),
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
