import type { TemplateToken } from '../actions/template-token.ts';
import { messageOf } from '../domain/errors.ts';
import { evaluateMapping } from './evaluate.ts';
import { noteJobLoss } from './job-loss.ts';
import type { Scope } from './job-state.ts';
import type { StepUse } from './step-use.ts';

type Env = Readonly<Record<string, string>>;

/** The `env` context inside a step; a problem with the step's own `env` fails it. */
export interface StepEnv {
  readonly all: Env;
  readonly own: Env;
  readonly problem: string | null;
}

/** Job and outer steps first, then the step's own `env` (protocol G.4). */
export async function stepEnv(scope: Scope, use: StepUse, outer: Env): Promise<StepEnv> {
  const around = { ...scope.job.env, ...outer };
  if (scope.job.failure !== undefined) return { all: around, own: outer, problem: null };
  try {
    const own = await evaluateMapping(scope, use.step.environment as TemplateToken, around);
    return { all: { ...around, ...own }, own: { ...outer, ...own }, problem: null };
  } catch (error) {
    noteJobLoss(scope.job, error);
    return { all: around, own: outer, problem: messageOf(error) };
  }
}
