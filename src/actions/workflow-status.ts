import type { ExpressionFunction } from './expressions.ts';

/** How a job ended, as `needs.<id>.result` spells it. */
export type NeedResult = 'success' | 'failure' | 'cancelled' | 'skipped';

export interface StatusOfNeeds {
  /** Results of all jobs before this one, also of those that it needs only through others. */
  readonly results: Readonly<Record<string, NeedResult>>;
  /** Whether the run was asked to stop. */
  readonly cancelled: boolean;
}

const MAX_ARGS = 255;

/**
 * `success`, `failure`, `cancelled`, `always` for a job's `if`. They look at every job in the chain,
 * so that a job behind a skipped one is skipped as well; names as arguments narrow the look.
 */
export function statusFunctions(status: StatusOfNeeds): readonly ExpressionFunction[] {
  const chosen = (names: readonly unknown[]): readonly NeedResult[] =>
    Object.entries(status.results)
      .filter(([id]) => names.length === 0 || names.includes(id))
      .map(([, result]) => result);
  return [
    define('success', MAX_ARGS, (...names) => {
      return !status.cancelled && chosen(names).every((result) => result === 'success');
    }),
    define('failure', MAX_ARGS, (...names) => {
      return !status.cancelled && chosen(names).includes('failure');
    }),
    define('cancelled', 0, () => status.cancelled),
    define('always', 0, () => true),
  ];
}

const define = (
  name: string,
  maxArgs: number,
  call: ExpressionFunction['call'],
): ExpressionFunction => ({ name, minArgs: 0, maxArgs, call });

/** The result that the legs of one job have together. A leg that may fail counts as a success. */
export function combinedResult(
  legs: readonly { readonly result: NeedResult; readonly continueOnError: boolean }[],
): NeedResult {
  const results = legs.map((leg) =>
    leg.result === 'failure' && leg.continueOnError ? 'success' : leg.result,
  );
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  if (results.length > 0 && results.every((result) => result === 'skipped')) return 'skipped';
  return 'success';
}
