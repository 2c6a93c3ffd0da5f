/** How a run or a job takes part in a concurrency group (workflow syntax, `concurrency`). */
export interface ConcurrencyWish {
  readonly group: string;
  readonly cancelInProgress: boolean;
  /** `single`: a newcomer replaces who waits; `max`: up to a hundred wait in order. */
  readonly queue: 'single' | 'max';
}

/** One group: who has it, and who waits for it, the next one first. */
export interface ConcurrencyQueue<Claim> {
  readonly holder: Claim | null;
  readonly waiting: readonly Claim[];
}

export const MAX_WAITING = 100;

/** What a claim does to a group: who has to go, and what is left. */
interface Entered<Claim> {
  readonly queue: ConcurrencyQueue<Claim>;
  /** Claims that wait no longer, because of the newcomer; the newcomer itself where all is full. */
  readonly replaced: readonly Claim[];
  /** The holder, where the newcomer wants it cancelled. It keeps the group until it has ended. */
  readonly interrupted: Claim | null;
}

/**
 * A claim comes to a group: it takes a free one and waits for a taken one. With `single`, or when it
 * cancels what is in progress, all who wait give way to it; with `max` it is the last in the line.
 */
export function enterQueue<Claim>(
  queue: ConcurrencyQueue<Claim>,
  claim: Claim,
  wish: Omit<ConcurrencyWish, 'group'>,
): Entered<Claim> {
  const { holder, waiting } = queue;
  if (holder === null) {
    return { queue: { holder: claim, waiting }, replaced: [], interrupted: null };
  }
  const interrupted = wish.cancelInProgress ? holder : null;
  if (wish.queue === 'max' && !wish.cancelInProgress) {
    if (waiting.length >= MAX_WAITING) return { queue, replaced: [claim], interrupted };
    return { queue: { holder, waiting: [...waiting, claim] }, replaced: [], interrupted };
  }
  return { queue: { holder, waiting: [claim] }, replaced: waiting, interrupted };
}

/** A claim has ended: whoever is next takes its place. Claims are the same when `===` says so. */
export function leaveQueue<Claim>(
  { holder, waiting }: ConcurrencyQueue<Claim>,
  claim: Claim,
): { readonly queue: ConcurrencyQueue<Claim>; readonly started: Claim | null } {
  if (holder !== claim) {
    return { queue: { holder, waiting: waiting.filter((each) => each !== claim) }, started: null };
  }
  const [next = null, ...rest] = waiting;
  return { queue: { holder: next, waiting: rest }, started: next };
}
