/**
 * What one credential may still ask of GitHub's REST API, as far as we know, and whether a call may go
 * now. Pure: the adapter keeps the value and sleeps.
 *
 * Two limits hold at once (GitHub: "Rate limits for the REST API"). The *primary* one counts requests
 * per hour; its numbers come with every answer. The *secondary* one counts points per minute, five for
 * a call that changes something and one for any other, and says nothing until it is exceeded; we count
 * for ourselves. Calls of less urgency stop earlier, so that one which starts a runner always finds
 * room.
 */
export interface ApiBudget {
  /** Null until the first answer. */
  readonly primary: PrimaryLimit | null;
  /** Points left in the bucket at `countedAt`. */
  readonly points: number;
  /** Milliseconds since the epoch. */
  readonly countedAt: number;
  /** GitHub told us to wait until then; 0 when it did not. */
  readonly blockedUntil: number;
}

export interface PrimaryLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds since the epoch. */
  readonly resetAt: number;
}

/**
 * `critical` starts or ends a runner. `normal` answers a question that a job or a person waits for.
 * `background` compares what we know with what GitHub knows, and can wait.
 */
export type Urgency = 'critical' | 'normal' | 'background';

export interface PlannedCall {
  readonly urgency: Urgency;
  /** Whether it changes something at GitHub. */
  readonly writes: boolean;
}

export type Admission =
  | { readonly kind: 'go' }
  | {
      readonly kind: 'wait';
      readonly ms: number;
      readonly limit: 'primary' | 'secondary' | 'told-to-wait';
    };

/** What an answer says about limits. */
export interface RateAnswer {
  readonly primary: PrimaryLimit | null;
  /** Set when the answer was a refusal for exceeding a limit: how long to wait. */
  readonly waitMs: number | null;
}

const HOUR_MS = 3_600_000;
/** Bucket and refill together stay below GitHub's 900 points in any minute: 300 + 60 × 10. */
const BUCKET = 300;
const POINTS_PER_SECOND = 10;
const WRITE_POINTS = 5;
/** Share of each limit that calls of an urgency leave to more urgent ones. */
const RESERVE: Readonly<Record<Urgency, number>> = { critical: 0, normal: 0.1, background: 0.4 };

export const freshBudget = (now: number): ApiBudget => ({
  primary: null,
  points: BUCKET,
  countedAt: now,
  blockedUntil: 0,
});

/** Whether the call may go now, or how long until it may. */
export function admit(budget: ApiBudget, call: PlannedCall, now: number): Admission {
  if (budget.blockedUntil > now) {
    return { kind: 'wait', ms: budget.blockedUntil - now, limit: 'told-to-wait' };
  }
  const primary = primaryAt(budget, now);
  if (primary !== null && primary.remaining <= primary.limit * RESERVE[call.urgency]) {
    return { kind: 'wait', ms: primary.resetAt - now, limit: 'primary' };
  }
  const missing = BUCKET * RESERVE[call.urgency] + pointsOf(call) - pointsAt(budget, now);
  if (missing <= 0) return { kind: 'go' };
  return {
    kind: 'wait',
    ms: Math.ceil((missing * 1000) / POINTS_PER_SECOND),
    limit: 'secondary',
  };
}

/** The budget after a call has been sent. The primary count is corrected by its answer. */
export function spend(budget: ApiBudget, call: PlannedCall, now: number): ApiBudget {
  const primary = primaryAt(budget, now);
  return {
    ...budget,
    primary: primary && { ...primary, remaining: Math.max(0, primary.remaining - 1) },
    points: Math.max(0, pointsAt(budget, now) - pointsOf(call)),
    countedAt: now,
  };
}

/**
 * The budget after an answer. Answers overtake each other, so of one window the lowest count holds;
 * an answer of an older window says nothing.
 */
export function learn(budget: ApiBudget, answer: RateAnswer, now: number): ApiBudget {
  const blockedUntil =
    answer.waitMs === null
      ? budget.blockedUntil
      : Math.max(budget.blockedUntil, now + answer.waitMs);
  return { ...budget, primary: newerOf(budget.primary, answer.primary), blockedUntil };
}

function newerOf(known: PrimaryLimit | null, told: PrimaryLimit | null): PrimaryLimit | null {
  if (known === null || told === null) return told ?? known;
  if (told.resetAt !== known.resetAt) return told.resetAt > known.resetAt ? told : known;
  return told.remaining <= known.remaining ? told : known;
}

/**
 * When the primary limit will be used up at the rate of this window so far; null where it lasts until
 * its reset, or nothing is known.
 */
export function exhaustedAt(budget: ApiBudget, now: number): number | null {
  const primary = primaryAt(budget, now);
  if (primary === null) return null;
  const used = primary.limit - primary.remaining;
  const elapsed = Math.max(1, now - (primary.resetAt - HOUR_MS));
  if (used <= 0) return null;
  const at = now + (primary.remaining * elapsed) / used;
  return at < primary.resetAt ? Math.round(at) : null;
}

/** Share of the primary limit that is left, 0 to 1; 1 while nothing is known. */
export function shareLeft(budget: ApiBudget, now: number): number {
  if (budget.blockedUntil > now) return 0;
  const primary = primaryAt(budget, now);
  return primary === null || primary.limit <= 0 ? 1 : primary.remaining / primary.limit;
}

/** After its reset a window's numbers mean nothing: the next answer brings new ones. */
const primaryAt = ({ primary }: ApiBudget, now: number): PrimaryLimit | null =>
  primary !== null && now < primary.resetAt ? primary : null;

const pointsAt = ({ points, countedAt }: ApiBudget, now: number): number =>
  Math.min(BUCKET, points + (Math.max(0, now - countedAt) * POINTS_PER_SECOND) / 1000);

const pointsOf = ({ writes }: PlannedCall): number => (writes ? WRITE_POINTS : 1);
