import type { Address } from '../dependencies.ts';
import { deploymentJson, deploymentStatusJson } from '../present/deployments.ts';
import { organizationJson, repositoryJson, userJson } from '../present/identity.ts';
import { jobJson, runJson, workflowJson } from '../present/runs.ts';
import type { Announcer } from '../scheduler/conclude.ts';
import { fullName, type Hook, type Job, type Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { Deliver } from './deliver.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly deliver: Deliver;
}

export interface Webhooks extends Announcer {
  push(repository: Repository, payload: object): void;
  /** Any other event, with the payload that its runs see. */
  event(repository: Repository, event: string, action: string | null, payload: object): void;
  ping(hook: Hook): void;
}

/** Turns what happens into webhooks, for the hooks of the repository and of its owner. */
export function createWebhooks({ store, address, deliver }: Deps): Webhooks {
  function hooksOf(repository: Repository, event: string): readonly Hook[] {
    const scopes = [fullName(repository).toLowerCase(), repository.owner.toLowerCase()];
    return [...store.hooks.values()].filter(
      (hook) =>
        scopes.includes(hook.scope.toLowerCase()) &&
        (hook.events.includes(event) || hook.events.includes('*')),
    );
  }

  function send(repository: Repository, event: string, action: string | null, body: object): void {
    const hooks = hooksOf(repository, event);
    if (hooks.length === 0) return;
    const payload = JSON.stringify(body);
    for (const hook of hooks) deliver(hook, { event, action, payload });
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
    push: (repository, payload) => send(repository, 'push', null, payload),
    event: send,
    ping(hook) {
      const payload = JSON.stringify({
        zen: 'Keep it logically awesome.',
        hook_id: hook.id,
        hook: hookJson(hook, address.url()),
        sender: userJson('standin', address.url()),
      });
      deliver(hook, { event: 'ping', action: null, payload });
    },
  };
}

/** A hook as REST shows it; its secret is never shown again. */
export function hookJson(hook: Hook, url: string) {
  const isOrganization = !hook.scope.includes('/');
  const self = `${url}/api/v3/${isOrganization ? 'orgs' : 'repos'}/${hook.scope}/hooks/${hook.id}`;
  const created = new Date(hook.createdAt).toISOString();
  return {
    type: isOrganization ? 'Organization' : 'Repository',
    id: hook.id,
    name: 'web',
    active: true,
    events: hook.events,
    config: {
      url: hook.url,
      content_type: hook.contentType,
      insecure_ssl: '0',
      ...(hook.secret === null ? {} : { secret: '********' }),
    },
    updated_at: created,
    created_at: created,
    url: self,
    ping_url: `${self}/pings`,
    deliveries_url: `${self}/deliveries`,
    last_response: { code: null, status: 'unused', message: null },
  };
}
