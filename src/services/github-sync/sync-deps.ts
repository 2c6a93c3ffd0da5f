import type { DiscrepancyKind } from '../../domain/discrepancy.ts';
import { type Clock, isoNow } from '../../ports/clock.ts';
import type { DiscrepancyBook } from '../../ports/discrepancies.ts';
import type { GitHub } from '../../ports/github.ts';
import type { GitHubListing } from '../../ports/github-listing.ts';
import type { JobLedger } from '../../ports/job-ledger.ts';
import type { LiveEvents } from '../../ports/live-events.ts';
import type { Log } from '../../ports/log.ts';
import type { RunnerStore } from '../../ports/runner-store.ts';

export interface SyncDeps {
  readonly listing: GitHubListing;
  readonly github: Pick<GitHub, 'removeRunner'>;
  readonly ledger: Pick<
    JobLedger,
    'apply' | 'known' | 'list' | 'missingDeliveries' | 'recordReport'
  >;
  readonly runners: Pick<RunnerStore, 'named'>;
  readonly discrepancies: Pick<DiscrepancyBook, 'note'>;
  readonly live: Pick<LiveEvents, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether this instance still leads; asked right before what must not be done twice. */
  readonly leads: () => Promise<boolean>;
}

/** Names what disagrees, and says whether it was mended. */
export async function note(
  { discrepancies, clock, log }: Pick<SyncDeps, 'discrepancies' | 'clock' | 'log'>,
  kind: DiscrepancyKind,
  subject: string,
  isMended: boolean,
): Promise<void> {
  const now = isoNow(clock);
  log.info('discrepancy', { kind, subject, mended: isMended });
  await discrepancies.note({ kind, subject, foundAt: now, mendedAt: isMended ? now : null });
}
