import {
  type ApiBudget,
  admit,
  freshBudget,
  learn,
  type PlannedCall,
  type RateAnswer,
  spend,
} from '../../domain/api-budget.ts';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HttpReply } from './http.ts';

/** How long a call may wait for its turn before its caller is told why it cannot go. */
const MOST_WAIT_MS = { critical: 5_000, normal: 5_000, background: 2_000 } as const;
/** GitHub refuses more than 100 requests at once. */
const MOST_AT_ONCE = 80;
/** GitHub asks for at least a minute after a secondary limit that names no time. */
const UNTOLD_WAIT_MS = 60_000;

/** Until one of many calls under way has ended. */
const FULL_WAIT_MS = 20;

interface Hold {
  readonly ms: number;
  readonly limit: string;
}

export interface RequestGate {
  /** Sends the call when the budget lets it; throws `github-limited` when that is too far away. */
  pass(call: PlannedCall, send: () => Promise<HttpReply>): Promise<HttpReply>;
  budget(): ApiBudget;
}

/** The budget of one credential, kept over all its calls. */
export function createRequestGate(clock: Clock): RequestGate {
  let budget = freshBudget(clock.now());
  let underWay = 0;

  /** What keeps the call from going now; null when nothing does. */
  function holdOf(call: PlannedCall, now: number): Hold | null {
    const admission = admit(budget, call, now);
    if (admission.kind === 'wait') return admission;
    const isFull = call.urgency !== 'critical' && underWay >= MOST_AT_ONCE;
    return isFull ? { ms: FULL_WAIT_MS, limit: 'secondary' } : null;
  }

  /** Looks again after each wait, since more urgent calls may have gone in between. */
  async function enter(call: PlannedCall): Promise<void> {
    const deadline = clock.now() + MOST_WAIT_MS[call.urgency];
    for (let hold = holdOf(call, clock.now()); hold !== null; hold = holdOf(call, clock.now())) {
      const until = clock.now() + hold.ms;
      if (until > deadline) throw limited(hold.limit, until);
      await clock.sleep(hold.ms);
    }
    budget = spend(budget, call, clock.now());
  }

  return {
    budget: () => budget,
    async pass(call, send) {
      await enter(call);
      underWay += 1;
      try {
        const reply = await send();
        budget = learn(budget, rateAnswer(reply, clock.now()), clock.now());
        return reply;
      } finally {
        underWay -= 1;
      }
    },
  };
}

function limited(limit: string, until: number): AppError {
  const detail = `GitHub's rate limit (${limit}) holds calls back until ${new Date(until).toISOString()}`;
  return new AppError('github-limited', detail, { retryable: true });
}

/** What the headers of an answer say about limits. */
export function rateAnswer({ status, headers }: HttpReply, now: number): RateAnswer {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
    Number(headers[`x-ratelimit-${name}`] ?? Number.NaN),
  );
  const isTold = [limit, remaining, reset].every(Number.isFinite);
  const primary = isTold
    ? { limit: limit ?? 0, remaining: remaining ?? 0, resetAt: (reset ?? 0) * 1000 }
    : null;
  if (status !== 403 && status !== 429) return { primary, waitMs: null };
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after)) return { primary, waitMs: after * 1000 };
  if (primary?.remaining === 0) return { primary, waitMs: Math.max(0, primary.resetAt - now) };
  return { primary, waitMs: status === 429 ? UNTOLD_WAIT_MS : null };
}
