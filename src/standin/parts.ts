import { join } from 'node:path';
import { createApp } from './app.ts';
import { createSettle } from './clock/settle.ts';
import type { OwnClock } from './clock/stand-in-clock.ts';
import type { Address, StandinLog } from './dependencies.ts';
import { createEvents } from './events/events.ts';
import { createFaults } from './faults/faults.ts';
import { otherRunner } from './faults/other-runner.ts';
import { createSpoilMail } from './faults/spoiled-mail.ts';
import { spoiledAnnouncer, spoiledScheduler } from './faults/spoiled-scheduler.ts';
import { spoiledTokens } from './faults/spoiled-tokens.ts';
import { createGit } from './git/command.ts';
import { createGitHistory } from './git/history.ts';
import { createGitMerges } from './git/merges.ts';
import { createGitObjects } from './git/objects.ts';
import { createGitRepositories } from './git/repositories.ts';
import { createLifetime, type StateOptions } from './lifetime.ts';
import { forgetAbsentRunners } from './registration/absence.ts';
import { createRegistrationTokens } from './registration/registration-tokens.ts';
import { createCallerOf } from './rest/callers/identify.ts';
import { createRateLimits } from './rest/limits/rate-limits.ts';
import type { Limits } from './rest/limits/settings.ts';
import { createBlobs } from './results/blobs.ts';
import { createFeed } from './results/feed.ts';
import { createAnnouncements } from './scale-sets/announcements.ts';
import { createAssignments, followJobs } from './scale-sets/assignments.ts';
import type { Announcer } from './scheduler/conclude.ts';
import { createJobTimers } from './scheduler/job-timers.ts';
import { createOffers } from './scheduler/offers.ts';
import { createScheduler } from './scheduler/scheduler.ts';
import { createBackground } from './state/background.ts';
import type { Job } from './state/model.ts';
import { secretOf } from './state/signing-keys.ts';
import { createStore, type Store } from './state/store.ts';
import { createTimers } from './state/timers.ts';
import { createAccessTokens } from './tokens/access-tokens.ts';
import { createIdTokens } from './tokens/id-tokens.ts';
import { createKeyPool } from './tokens/key-pool.ts';
import { createSealedSecrets } from './tokens/sealed-secrets.ts';
import { createSignedPaths } from './tokens/signed-paths.ts';
import { createWebhooks } from './webhooks/announce.ts';
import { createAttempt } from './webhooks/deliver.ts';
import { createOutbox } from './webhooks/outbox.ts';

interface Deps {
  readonly log: StandinLog;
  readonly clock: OwnClock;
  readonly address: Address;
  readonly stopping: AbortSignal;
}

interface Options extends StateOptions {
  readonly token: string;
  /** Rate limits at the start; GitHub's unless told. */
  readonly limits?: Limits;
}

/** Keys that lie ready for runners. */
const SPARE_KEYS = 64;

/** What is given out to prove something with, and who is who. */
function createCredentials({ clock, address }: Deps, store: Store, token: string) {
  const keys = createKeyPool({ spare: SPARE_KEYS });
  return {
    keys,
    tokens: createAccessTokens(clock, secretOf(store.keys, 'access-tokens')),
    idTokens: createIdTokens({ store, address, clock, keys }),
    signedPaths: createSignedPaths(clock, secretOf(store.keys, 'signed-paths')),
    registrationTokens: createRegistrationTokens(store, clock),
    sealedSecrets: createSealedSecrets(store.keys),
    callerOf: createCallerOf(token, store, clock),
  };
}

/** Webhooks go first: whoever hears of a job or run by other ways may act at once. */
const bothOf = (
  webhooks: Announcer,
  scaleSets: Pick<Announcer, 'job'>,
  runEvents: Announcer['run'],
): Announcer => ({
  ...webhooks,
  job(action, job) {
    webhooks.job(action, job);
    scaleSets.job(action, job);
  },
  run(action, run) {
    webhooks.run(action, run);
    runEvents(action, run);
  },
});

/** Builds everything behind the server and puts it together. Nothing runs before `prepare`. */
export function createParts(deps: Deps, options: Options) {
  const { token, dataDir, limits } = options;
  const { log, clock, address, stopping } = deps;
  const store = createStore(clock);
  const timers = createTimers({ clock, log, deadlines: store.deadlines });
  const jobTimers = createJobTimers(timers, store);
  const background = createBackground(log);
  const faults = createFaults(clock, store.faults);
  const git = createGit();
  const repositories = createGitRepositories(git, join(dataDir, 'repositories'));
  const history = createGitHistory(git);
  const credentials = createCredentials(deps, store, token);
  const { keys } = credentials;
  const tokens = spoiledTokens(credentials.tokens, store, faults);
  const blobs = createBlobs(join(dataDir, 'blobs'), credentials.signedPaths, store.blobs);
  const attempt = createAttempt({
    ...{ clock, log, stopping },
    nextId: store.nextId,
    noted: ({ id }) => store.hooks.touch(id),
  });
  const outbox = createOutbox({ store, timers, background, faults, attempt });
  const { deliver } = outbox;
  const webhooks = createWebhooks({ store, address, deliver });
  const offers = createOffers({
    ...{ store, clock, timers: jobTimers, log },
    otherRunner: otherRunner(faults),
  });
  forgetAbsentRunners({ store, clock, timers, offers, log });
  const announcements = createAnnouncements({ store, address, timers: jobTimers });
  const forScaleSets = { store, clock, timers: jobTimers, offers, announcements, log };
  const cancel = (job: Job): void => scheduler.cancelRun(job.run);
  const spoiled = { faults, store, cancel };
  const follow = bothOf(webhooks, followJobs(forScaleSets), (...run) => events.runEvents(...run));
  const scheduler = spoiledScheduler(
    createScheduler({
      ...{ store, clock, timers: jobTimers, offers, log, address },
      announce: spoiledAnnouncer(follow, spoiled),
    }),
    spoiled,
  );
  const merges = createGitMerges(git);
  const events = createEvents({
    ...{ store, clock, address, timers, background, repositories, history, merges },
    ...{ webhooks, scheduler },
  });
  const app = createApp({
    ...deps,
    ...{ ...credentials, tokens },
    ...{ store, git, repositories, history, blobs, deliver, webhooks },
    assignments: createAssignments(forScaleSets),
    ...{ offers, scheduler, events, background, faults },
    ...{ requested: events.requested, pushed: events.pushed },
    rateLimits: createRateLimits(clock, limits),
    objects: createGitObjects(git),
    spoilMail: createSpoilMail(spoiled),
    settle: createSettle(background.isIdle),
    saveStatus: () => lifetime.saveStatus(),
  });

  const lifetime = createLifetime(
    {
      ...{ log, clock, store, timers, background, git, repositories, blobs, keys, offers },
      ...{ faults, outbox, schedules: events.schedules },
    },
    options,
  );
  return { app, feed: createFeed({ store, ...credentials }), ...lifetime };
}
