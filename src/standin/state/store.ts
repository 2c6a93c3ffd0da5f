import { randomBytes, randomInt } from 'node:crypto';
import type { ConcurrencyQueue } from '../../actions/concurrency-queue.ts';
import type { StandinClock } from '../dependencies.ts';
import { type Account, idOfLogin } from './accounts.ts';
import type { Deployment } from './environments.ts';
import {
  type Artifact,
  type CacheEntry,
  fullName,
  type Hook,
  type Job,
  type RegistrationToken,
  type Repository,
  type Run,
  type Runner,
  type RunnerGroup,
  type Scope,
} from './model.ts';
import type { ScaleSet, ScaleSetClaim } from './scale-set-model.ts';
import type { OrganizationSecret, Variable } from './settings-model.ts';

/** Seconds of 2024-01-01: small ids start at the seconds since then, so that a restart repeats none. */
const EPOCH_SECONDS = 1_704_067_200;

export type Store = ReturnType<typeof createStore>;

/** The state of a stand-in, in memory. Names of owners, repositories and runners ignore case. */
export function createStore(clock: StandinClock) {
  let smallId = Math.floor(clock.now() / 1000) - EPOCH_SECONDS;
  let bigId = clock.now();
  const repositories = new Map<string, Repository>();
  return {
    repositories,
    settings: defaultSettings(),
    /** Accounts that are not plain organisations, by login in lower case. */
    accounts: new Map<string, Account>(),
    runners: new Map<number, Runner>(),
    runnerGroups: new Map<number, RunnerGroup>(),
    scaleSets: new Map<number, ScaleSet>(),
    /** By job id. */
    scaleSetClaims: new Map<number, ScaleSetClaim>(),
    registrationTokens: new Map<string, RegistrationToken>(),
    defaultGroups: new Map<string, RunnerGroup>(),
    runs: new Map<number, Run>(),
    jobs: new Map<number, Job>(),
    /** The same jobs by the id that the runner protocol has for them. */
    jobsByBackendId: new Map<string, Job>(),
    /** Jobs that wait for a runner, in the order in which they were queued. */
    queue: new Set<Job>(),
    artifacts: new Map<number, Artifact>(),
    /** Newest last. */
    caches: new Map<number, CacheEntry>(),
    hooks: new Map<number, Hook>(),
    organizationVariables: new Map<string, Map<string, Variable>>(),
    /** When which timer is due (`timers.ts`). */
    deadlines: new Map<string, number>(),
    /** By owner in lower case, then by name in upper case. */
    organizationSecrets: new Map<string, Map<string, OrganizationSecret>>(),
    /** Concurrency groups that somebody holds, by repository and name (`scheduler/concurrency.ts`). */
    concurrency: new Map<string, ConcurrencyQueue<Job | Scope>>(),
    deployments: new Map<number, Deployment>(),
    nextSmallId: () => ++smallId,
    nextId: () => ++bigId,
    repository: (owner: string, name: string) => repositories.get(`${owner}/${name}`.toLowerCase()),
    addRepository(owner: string, name: string): Repository {
      const repository: Repository = {
        id: ++smallId,
        owner,
        ownerId: idOfLogin(owner),
        name,
        createdAt: clock.now(),
        defaultBranch: 'main',
        triggerOnPush: true,
        private: true,
        secrets: new Map(),
        variables: new Map(),
        environments: new Map(),
        actions: { defaultPermissions: 'read', forkApproval: 'first-time' },
        protectedBranches: [],
        runNumbers: new Map(),
        workflowIds: new Map(),
      };
      repositories.set(fullName(repository).toLowerCase(), repository);
      return repository;
    },
  };
}

/** What can be set by management while the stand-in runs. */
export interface Settings {
  /** Whether `config.sh` is told to register by REST instead of at the tenant (protocol A.3). */
  runnerAdminFlow: boolean;
  /** Runners that are older get no jobs (protocol B.2). */
  minimumRunnerVersion: string;
}

const defaultSettings = (): Settings => ({
  runnerAdminFlow: false,
  minimumRunnerVersion: '2.329.0',
});

/** A GITHUB_TOKEN in GitHub's form. */
export const newGitHubToken = (): string =>
  `ghs_${randomBytes(27).toString('base64url').replace(/[-_]/g, 'x')}`;

/** Message ids of the broker are random signed 32-bit numbers (protocol B.1). */
export const newMessageId = (): number => randomInt(2 ** 32) - 2 ** 31;
