import { type JsonWebKey, randomBytes, randomInt } from 'node:crypto';
import type { ConcurrencyQueue } from '../../actions/concurrency-queue.ts';
import type { PendingApp } from '../apps/manifest.ts';
import type { StandinClock } from '../dependencies.ts';
import type { FaultsState } from '../faults/faults.ts';
import type { BlobRecord } from '../results/blobs.ts';
import { routeOf } from '../scheduler/route-of.ts';
import { type Account, idOfLogin } from './accounts.ts';
import type { App, Installation, InstallationToken } from './apps.ts';
import type { CheckRun, CheckSuite, CommitStatus } from './checks.ts';
import type { Deployment } from './environments.ts';
import type { Hook } from './hooks.ts';
import { JobQueue } from './job-queue.ts';
import {
  type Artifact,
  type CacheEntry,
  fullName,
  type Job,
  type Repository,
  type Run,
  type Runner,
  type RunnerGroup,
  type Scope,
} from './model.ts';
import type { Outgoing } from './outgoing.ts';
import type { PullRequest } from './pulls.ts';
import type { RegistrationToken } from './runner-parts.ts';
import type { ScaleSet, ScaleSetClaim } from './scale-set-model.ts';
import type { OrganizationSecret, Variable } from './settings-model.ts';
import { Table } from './table.ts';

/** Seconds of 2024-01-01: small ids start at the seconds since then, so that a restart repeats none. */
const EPOCH_SECONDS = 1_704_067_200;

export type Store = ReturnType<typeof createStore>;

/** All kinds of things that are remembered, and kept where the state is on disk. */
const createTables = () => ({
  repositories: new Table<string, Repository>(),
  /** Accounts that are not plain organisations, by login in lower case. */
  accounts: new Table<string, Account>(),
  runners: new Table<number, Runner>(),
  runnerGroups: new Table<number, RunnerGroup>(),
  scaleSets: new Table<number, ScaleSet>(),
  /** By job id. */
  scaleSetClaims: new Table<number, ScaleSetClaim>(),
  registrationTokens: new Table<string, RegistrationToken>(),
  defaultGroups: new Table<string, RunnerGroup>(),
  runs: new Table<number, Run>(),
  jobs: new Table<number, Job>(),
  /** The same jobs by the id that the runner protocol has for them. */
  jobsByBackendId: new Table<string, Job>(),
  artifacts: new Table<number, Artifact>(),
  /** Newest last. */
  caches: new Table<number, CacheEntry>(),
  blobs: new Table<string, BlobRecord>(),
  /** Those of Apps; jobs are check runs, too. */
  checkRuns: new Table<number, CheckRun>(),
  checkSuites: new Table<number, CheckSuite>(),
  /** Oldest first. */
  statuses: new Table<number, CommitStatus>(),
  hooks: new Table<number, Hook>(),
  /** Webhooks that are not sent yet. */
  outbox: new Table<number, Outgoing>(),
  apps: new Table<number, App>(),
  installations: new Table<number, Installation>(),
  installationTokens: new Table<string, InstallationToken>(),
  /** Manifests that wait for their App, by code. */
  pendingApps: new Table<string, PendingApp>(),
  organizationVariables: new Table<string, Map<string, Variable>>(),
  /** Keys that sign, by use (`signing-keys.ts`). */
  keys: new Table<string, JsonWebKey>(),
  /** When which timer is due (`timers.ts`). */
  deadlines: new Table<string, number>(),
  /** By owner in lower case, then by name in upper case. */
  organizationSecrets: new Table<string, Map<string, OrganizationSecret>>(),
  /** Concurrency groups that somebody holds, by repository and name (`scheduler/concurrency.ts`). */
  concurrency: new Table<string, ConcurrencyQueue<Job | Scope>>(),
  deployments: new Table<number, Deployment>(),
  /** When secrets were set, by place and name (`rest/actions/secrets.ts`). */
  secretTimes: new Table<string, { readonly createdAt: number; readonly updatedAt: number }>(),
  pulls: new Table<number, PullRequest>(),
  /** What goes wrong on purpose (`faults/`). */
  faults: new Table<'current', FaultsState>(),
  /** The last id that was given. */
  counters: new Table<'small' | 'big', number>(),
  keptSettings: new Table<'current', Settings>().set('current', defaultSettings()),
});

/**
 * The state of a stand-in: tables of plain data, and what is derived from them. Names of owners,
 * repositories and runners ignore case.
 */
export function createStore(clock: StandinClock) {
  const tables = createTables();
  const { counters, repositories, jobs, keptSettings } = tables;
  const queue = new JobQueue(routeOf);
  function next(counter: 'small' | 'big', first: number): number {
    const id = (counters.look(counter) ?? first) + 1;
    counters.set(counter, id);
    return id;
  }
  const nextSmallId = () => next('small', Math.floor(clock.now() / 1000) - EPOCH_SECONDS);
  return {
    ...tables,
    get settings(): Settings {
      return keptSettings.get('current') ?? defaultSettings();
    },
    /** Jobs that wait for a runner, in the order in which they were queued. */
    queue,
    nextSmallId,
    nextId: () => next('big', clock.now()),
    /** Makes what is derived from the tables, after these were read from a disk. */
    rebuild(): void {
      const queued = [...jobs.values()].filter(({ status }) => status === 'queued');
      for (const job of queued.sort(byQueuing)) queue.add(job);
    },
    repository: (owner: string, name: string) => repositories.get(`${owner}/${name}`.toLowerCase()),
    addRepository(owner: string, name: string, parent: Repository | null = null): Repository {
      const repository: Repository = {
        id: nextSmallId(),
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
        parent,
        schedules: [],
        actions: { defaultPermissions: 'read', forkApproval: 'first-time' },
        protectedBranches: [],
        runNumbers: new Map(),
        workflowIds: new Map(),
        disabledWorkflows: new Set(),
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
  /** Of all caches of a repository together. */
  cacheLimitBytes: number;
}

const defaultSettings = (): Settings => ({
  runnerAdminFlow: false,
  minimumRunnerVersion: '2.329.0',
  cacheLimitBytes: 10 * 1024 ** 3,
});

const byQueuing = (one: Job, other: Job): number =>
  (one.queuedAt ?? 0) - (other.queuedAt ?? 0) || one.id - other.id;

/** A GITHUB_TOKEN in GitHub's form. */
export const newGitHubToken = (): string =>
  `ghs_${randomBytes(27).toString('base64url').replace(/[-_]/g, 'x')}`;

/** Message ids of the broker are random signed 32-bit numbers (protocol B.1). */
export const newMessageId = (): number => randomInt(2 ** 32) - 2 ** 31;
