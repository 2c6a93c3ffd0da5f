import { join } from 'node:path';
import { AppError } from '../domain/errors.ts';
import type { OwnClock } from './clock/stand-in-clock.ts';
import type { StandinLog } from './dependencies.ts';
import type { Schedules } from './events/schedules.ts';
import type { Faults } from './faults/faults.ts';
import { readFaults } from './faults/schema.ts';
import type { Git } from './git/command.ts';
import type { GitRepositories } from './git/repositories.ts';
import type { Blobs } from './results/blobs.ts';
import type { Offers } from './scheduler/offers.ts';
import type { Background } from './state/background.ts';
import { openState } from './state/disk/open-state.ts';
import { type PartsOf, partsOfRun } from './state/disk/parts.ts';
import type { Saver, SaveStatus } from './state/disk/saver.ts';
import type { Run } from './state/model.ts';
import type { Store } from './state/store.ts';
import type { Timers } from './state/timers.ts';
import type { KeyPool } from './tokens/key-pool.ts';
import type { Outbox } from './webhooks/outbox.ts';

interface Deps {
  readonly log: StandinLog;
  readonly clock: OwnClock;
  readonly store: Store;
  readonly timers: Timers;
  readonly background: Background;
  readonly git: Git;
  readonly repositories: GitRepositories;
  readonly blobs: Blobs;
  readonly keys: KeyPool;
  readonly offers: Offers;
  readonly schedules: Schedules;
  readonly faults: Faults;
  readonly outbox: Outbox;
}

export interface StateOptions {
  readonly dataDir: string;
  /** On disk it outlives the process; in memory, only repositories do. */
  readonly state: 'memory' | 'disk';
  readonly faults?: unknown;
}

/** What of the state is no entry of its own but held by several. */
const partsOf: PartsOf = (table, entry) => (table === 'runs' ? partsOfRun(entry as Run) : []);

/** What happens before the first request, once the address is known, and at the end. */
export function createLifetime(deps: Deps, options: StateOptions) {
  const { dataDir, state } = options;
  const { log, clock, store, timers, background, git, repositories, blobs, keys, offers } = deps;
  let saver: Saver | null = null;

  async function readState(): Promise<void> {
    if (state === 'memory') return blobs.clear();
    const now = (): number => clock.now();
    const opened = await openState({ log, now, partsOf }, join(dataDir, 'state'), store);
    saver = opened.saver;
    if (opened.savedAt !== null) clock.resumeFrom(opened.savedAt);
    store.rebuild();
  }

  function setFaults(): void {
    if (options.faults === undefined) return;
    const read = readFaults(options.faults);
    if ('problems' in read) throw new AppError('bad-request', read.problems);
    deps.faults.replace(read);
  }

  /** Repositories that somebody put into the folder, or that a state in memory has forgotten. */
  async function adoptRepositories(): Promise<void> {
    for (const [owner, name] of await repositories.list()) {
      if (store.repository(owner, name) !== undefined) continue;
      const repository = store.addRepository(owner, name);
      repository.defaultBranch = await repositories.defaultBranch(repositories.pathOf(owner, name));
    }
  }

  return {
    async prepare(): Promise<void> {
      await readState();
      setFaults();
      keys.start();
      await adoptRepositories();
    },
    /** Takes up what was left undone; the address is known now. */
    begin(): void {
      timers.start();
      saver?.start();
      deps.outbox.begin();
      offers.offerJobs();
      for (const repository of store.repositories.values()) {
        background.run('schedules', () => deps.schedules.refresh(repository));
      }
    },
    async stop(): Promise<void> {
      timers.stop();
      // First: what follows a push needs git.
      await background.settled();
      await Promise.all([keys.stop(), git.stop()]);
      await saver?.stop();
    },
    saveStatus: (): SaveStatus | null => saver?.status() ?? null,
  };
}
