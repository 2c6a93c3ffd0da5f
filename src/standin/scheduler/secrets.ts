import { callSecrets } from '../../actions/workflow-call.ts';
import type { Address } from '../dependencies.ts';
import type { Job, Scope } from '../state/model.ts';
import { environmentSecrets, secretsOf, variablesOf } from '../state/settings.ts';
import type { Store } from '../state/store.ts';
import { hasSecrets, planContexts } from './contexts.ts';

type Secrets = Readonly<Record<string, string>>;

/**
 * The secrets of a job, names in upper case: those that its workflow was given, and above them those
 * of its environment, which no caller can replace (GitHub's reference of reusable workflows).
 */
export function secretsOfJob(
  store: Pick<Store, 'organizationSecrets' | 'organizationVariables'>,
  job: Job,
  address: Address,
): ReadonlyMap<string, string> {
  const { run, group, leg } = job;
  if (!hasSecrets(run)) return new Map();
  const given = secretsOfScope(store, group.scope, job.githubToken, address);
  const own = environmentSecrets(run.repository, leg.environment?.name ?? null);
  return new Map(Object.entries({ ...given, ...own }));
}

function secretsOfScope(
  store: Pick<Store, 'organizationSecrets' | 'organizationVariables'>,
  scope: Scope,
  token: string,
  address: Address,
): Secrets {
  const { run, caller } = scope;
  if (caller === null) return secretsOf(store, run.repository);
  const { group, leg } = caller;
  if (group.definition.call === null) return {};
  const above = secretsOfScope(store, group.scope, token, address);
  const contexts = planContexts(group, variablesOf(store, run.repository), address);
  return callSecrets(
    group.definition.call,
    { ...above, GITHUB_TOKEN: token },
    { ...contexts, matrix: leg.matrix, strategy: leg.strategy },
  );
}
