import type { RanWorkflow } from './run-workflow.ts';

/** The whole run as a person reads it, for a case that failed. */
export function transcript(ran: RanWorkflow): string {
  if ('problems' in ran) {
    return ran.problems.map((each) => `${each.line}:${each.column} ${each.message}`).join('\n');
  }
  return ran.jobs
    .flatMap(({ job, result, reporter }) => [
      `job ${job.leg.displayName}: ${job.conclusion}`,
      ...(result?.steps ?? []).flatMap((step) => [
        `  ${step.number} ${step.name}: ${step.outcome}/${step.conclusion}`,
        ...(reporter?.linesOf(step.number) ?? []).map((line) => `      ${line}`),
      ]),
    ])
    .join('\n');
}
