import type { DiscrepancyKind } from '../domain/discrepancy.ts';

export interface Discrepancy {
  readonly kind: DiscrepancyKind;
  /** What disagrees: a job id, a runner's name, a delivery's guid. */
  readonly subject: string;
  /** ISO 8601. */
  readonly foundAt: string;
  /** Null where it was left as it is, or could not be mended yet. */
  readonly mendedAt: string | null;
}

export interface DiscrepancyCount {
  readonly kind: DiscrepancyKind;
  readonly found: number;
  readonly mended: number;
}

/** What was found to disagree, kept for people and counts, over restarts and instances. */
export interface DiscrepancyBook {
  /** One that was noted before and is not mended yet stays as it was first found. */
  note(discrepancy: Discrepancy): Promise<void>;
  counts(): Promise<readonly DiscrepancyCount[]>;
  /** Newest first; at most `limit`. */
  latest(limit: number): Promise<readonly Discrepancy[]>;
}
