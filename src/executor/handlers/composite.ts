import { toText } from '../../actions/expressions.ts';
import { type JobStatus, worseStatus } from '../../actions/step-condition.ts';
import { evaluate } from '../evaluate.ts';
import { pathHere } from '../job-site.ts';
import type { Scope } from '../job-state.ts';
import { hasPost, hasPre, type LoadedAction, type StepUse } from '../step-use.ts';
import type { StageEnd, StepRun } from './handler.ts';

interface CompositeAction {
  readonly action: LoadedAction;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Runs the steps of a composite action within the step that uses it (protocol F.6). */
export async function runComposite(run: StepRun, composite: CompositeAction): Promise<StageEnd> {
  const { stage, use } = run;
  run.describe({ type: 'composite', actionName: run.step.reference.name ?? '' });
  switch (stage) {
    case 'pre':
      return runAll(run, composite, use.children.filter(hasPre));
    case 'post':
      return runAll(run, composite, use.children.filter(owesPost).toReversed());
    default:
      return runMain(run, composite);
  }
}

const owesPost = (use: StepUse): boolean => use.begun && hasPost(use);

/** Pre and post stages look at the job's status. */
async function runAll(
  run: StepRun,
  composite: CompositeAction,
  uses: readonly StepUse[],
): Promise<StageEnd> {
  let status: JobStatus = 'success';
  for (const use of uses) {
    if (run.forced.aborted) break;
    const end = await run.runInner(use, innerScope(run, composite, new Map()));
    status = worse(status, end.conclusion);
    if (end.isLast) break;
  }
  return status;
}

/** Main stages look at how this action has fared; a failed step stops those that do not ask for it. */
async function runMain(run: StepRun, composite: CompositeAction): Promise<StageEnd> {
  const steps: Scope['steps'] = new Map();
  let status: JobStatus = 'success';
  for (const use of run.use.children) {
    if (run.forced.aborted) break;
    const end = await run.runInner(use, innerScope(run, composite, steps, status));
    status = worse(status, end.conclusion);
    if (end.isLast) break;
  }
  const scope = innerScope(run, composite, steps, status);
  for (const [name, token] of composite.action.manifest.outputs) {
    run.setOutput(name, toText(await evaluate(scope, token, run.env)));
  }
  return status;
}

const worse = (status: JobStatus, end: StageEnd | 'skipped'): JobStatus =>
  end === 'skipped' ? status : worseStatus(status, end);

/** Each step has its own copy of the `github` context, so that what it sets ends with it. */
function innerScope(
  { scope }: StepRun,
  { action, inputs }: CompositeAction,
  steps: Scope['steps'],
  status?: JobStatus,
): Scope {
  const github = { ...scope.github, action_path: pathHere(scope.job, action.folder) };
  return {
    job: scope.job,
    github: status === undefined ? github : { ...github, action_status: status },
    steps,
    inputs,
    ...(status === undefined ? {} : { status }),
  };
}
