/** How a job ended, in the words of GitHub's REST API and webhooks (protocol I.1). */
export type JobConclusion =
  | 'success'
  | 'failure'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required'
  | 'neutral'
  | 'stale'
  | 'startup_failure';

/** How a step ended, as `steps.<id>.outcome` and `.conclusion` spell it (protocol G.2). */
export type StepConclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

/** The words of the run service's completejob (protocol C.3). */
export type WireConclusion = 'succeeded' | 'failed' | 'canceled' | 'skipped';

const WIRE: Record<StepConclusion, WireConclusion> = {
  success: 'succeeded',
  failure: 'failed',
  cancelled: 'canceled',
  skipped: 'skipped',
};

export const toWireConclusion = (conclusion: StepConclusion): WireConclusion => WIRE[conclusion];

const FROM_WIRE: Record<string, StepConclusion> = {
  succeeded: 'success',
  succeededWithIssues: 'success',
  failed: 'failure',
  abandoned: 'failure',
  canceled: 'cancelled',
  skipped: 'skipped',
};

/** Reads a completejob conclusion; unknown words count as a failure, never as a success. */
export const fromWireConclusion = (word: string): StepConclusion => FROM_WIRE[word] ?? 'failure';
