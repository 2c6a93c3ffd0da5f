import type { Address, StandinClock, StandinLog } from '../dependencies.ts';
import type { Events } from '../events/events.ts';
import type { Pushed } from '../events/pushed.ts';
import type { Requested } from '../events/requested.ts';
import type { Git } from '../git/command.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitObjects } from '../git/objects.ts';
import type { GitRepositories } from '../git/repositories.ts';
import type { RegistrationTokens } from '../registration/registration-tokens.ts';
import type { Blobs } from '../results/blobs.ts';
import type { Offers } from '../scheduler/offers.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Background } from '../state/background.ts';
import type { Store } from '../state/store.ts';
import type { KeyPool } from '../tokens/key-pool.ts';
import type { SealedSecrets } from '../tokens/sealed-secrets.ts';
import type { SignedPaths } from '../tokens/signed-paths.ts';
import type { Webhooks } from '../webhooks/announce.ts';
import type { Deliver } from '../webhooks/deliver.ts';
import type { CallerOf } from './callers/caller.ts';
import type { RateLimits } from './limits/rate-limits.ts';

/** What the operations of the REST API work with. */
export interface RestWorld {
  readonly log: StandinLog;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly store: Store;
  readonly git: Git;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly objects: GitObjects;
  readonly blobs: Blobs;
  readonly keys: KeyPool;
  readonly registrationTokens: RegistrationTokens;
  readonly sealedSecrets: SealedSecrets;
  readonly signedPaths: SignedPaths;
  readonly deliver: Deliver;
  readonly webhooks: Webhooks;
  readonly offers: Offers;
  readonly scheduler: Scheduler;
  readonly events: Events;
  readonly requested: Requested;
  readonly pushed: Pushed;
  readonly background: Background;
  readonly rateLimits: RateLimits;
  readonly callerOf: CallerOf;
}
