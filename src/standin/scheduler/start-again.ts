import type { StandinClock } from '../dependencies.ts';
import { githubError } from '../http/refusal.ts';
import type { Run } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { nextAttempt, type Rerun } from './rerun.ts';
import { jobsOf } from './tree.ts';

/** GitHub's limits: how old a run may be, and how often it runs. */
const MAX_AGE_MS = 30 * 24 * 3_600_000;
const MAX_RERUNS = 50;

interface Restart {
  readonly actor: string;
  /** Whether its jobs print debug messages. */
  readonly debug: boolean;
}

/** Makes the next attempt at a run that has ended, and puts it in the place of the last one. */
export function createStartAgain(
  { store, clock }: { readonly store: Store; readonly clock: StandinClock },
  start: (run: Run) => void,
) {
  /** Refuses, as GitHub does, with 403. The new attempt has begun when this returns. */
  return (run: Run, what: Rerun, { actor, debug }: Restart): Run => {
    refuse(run, what, clock.now());
    const next = nextAttempt(run, what, { store, now: clock.now(), actor, debug });
    store.runs.set(next.id, next);
    start(next);
    return next;
  };
}

function refuse(run: Run, what: Rerun, now: number): void {
  const no = (why: string) => githubError(403, why);
  if (run.status !== 'completed') throw no('This workflow is already running');
  if (run.root === null || run.conclusion === 'action_required') {
    throw no('This workflow run cannot be retried');
  }
  if (now - run.createdAt > MAX_AGE_MS) {
    throw no('Unable to retry this workflow run because it was created over a month ago');
  }
  if (run.attempt > MAX_RERUNS) {
    throw no(`Unable to retry this workflow run because it was re-run ${MAX_RERUNS} times`);
  }
  const hasFailed = jobsOf(run).some(
    ({ conclusion }) => conclusion === 'failure' || conclusion === 'cancelled',
  );
  if (what.kind === 'failed' && !hasFailed) {
    throw no('This workflow run cannot be retried because it has no failed jobs');
  }
}
