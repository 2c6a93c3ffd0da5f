/**
 * How soon GitHub is asked again for jobs that no webhook told us of. Where webhooks get lost we ask
 * often, where none does seldom, and less often as the budget of calls goes down.
 */
export interface PollFacts {
  /** Jobs that were first heard of by asking, though a webhook was due. */
  readonly missed: number;
  /** Jobs that a webhook told us of in the same time. */
  readonly heard: number;
  /** Share of the hourly budget that is left, 0 to 1. */
  readonly budgetLeft: number;
}

export interface PollNumbers {
  readonly fastestMs: number;
  readonly slowestMs: number;
}

/** Below this share of the budget the pace goes down with it. */
const SPARE_BUDGET = 0.6;

/** Milliseconds until the next look. */
export function nextPollMs(facts: PollFacts, { fastestMs, slowestMs }: PollNumbers): number {
  const loss = lossOf(facts);
  // Loss of a tenth and more gets the fastest pace; without any it is the slowest.
  const eagerness = Math.min(1, loss * 10);
  const wanted = slowestMs * (fastestMs / slowestMs) ** eagerness;
  const thrift = Math.min(1, Math.max(0, facts.budgetLeft) / SPARE_BUDGET);
  const slowed = thrift <= 0 ? slowestMs : wanted / thrift;
  return Math.round(Math.min(slowestMs, Math.max(fastestMs, slowed)));
}

/** Share of jobs that no webhook told us of. With nothing heard or missed there is no loss to see. */
export const lossOf = ({ missed, heard }: Pick<PollFacts, 'missed' | 'heard'>): number =>
  missed + heard === 0 ? 0 : missed / (missed + heard);
