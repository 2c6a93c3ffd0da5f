import type { Contexts } from '../../actions/expressions.ts';
import { callOutputs } from '../../actions/workflow-call.ts';
import type { NeedResult } from '../../actions/workflow-status.ts';
import { combinedResult } from '../../actions/workflow-status.ts';
import type { JobGroup, Run, Scope } from '../state/model.ts';
import type { Conclusion } from '../state/run-parts.ts';
import { mayFail, resultOf, unitsOf } from './tree.ts';

/** The result of a job of the file, from what it became. */
export const groupResult = (group: JobGroup): NeedResult =>
  combinedResult(
    unitsOf(group).map((unit) => ({
      result: resultOf(unit) ?? 'failure',
      continueOnError: mayFail(unit),
    })),
  );

/** Outputs of the legs together: of equal names the last one to end wins. */
export function groupOutputs(group: JobGroup): Readonly<Record<string, string>> {
  const ended = [...group.jobs].sort((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0));
  return Object.assign({}, ...[...ended, ...group.calls].map((unit) => unit.outputs));
}

/** How a workflow ended: a called one passes this on to its caller. */
export function scopeResult(scope: Scope): NeedResult {
  const results = [...scope.groups.values()].map((group) => group.result);
  if (results.includes('failure')) return 'failure';
  if (scope.cancelled || results.includes('cancelled')) return 'cancelled';
  const isSkipped = results.length > 0 && results.every((result) => result === 'skipped');
  return isSkipped ? 'skipped' : 'success';
}

/** What a called workflow hands back; nothing where its outputs cannot be evaluated. */
export function scopeOutputs(scope: Scope, contexts: Contexts): Readonly<Record<string, string>> {
  const declared = scope.tree.workflow.callInterface;
  if (scope.caller === null || declared === null) return {};
  try {
    return callOutputs(declared, contexts);
  } catch {
    return {};
  }
}

export function runConclusion(run: Run): Conclusion {
  const result = run.root === null ? 'failure' : scopeResult(run.root);
  return run.cancelled && result !== 'failure' ? 'cancelled' : result;
}
