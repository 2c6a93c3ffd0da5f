import { actionName } from '../../actions/step-name.ts';
import { actionInputs } from '../actions/action-inputs.ts';
import { loadLocalAction } from '../actions/local-action.ts';
import { isLocal, type LoadedAction, type StepUse } from '../step-use.ts';
import { runComposite } from './composite.ts';
import { runDocker } from './docker.ts';
import type { StageEnd, StepHandler, StepRun } from './handler.ts';
import { runJavaScript } from './javascript.ts';
import { logDetails } from './step-details.ts';

/** A stage of an action: what all kinds have in common, then its own kind (protocol F.3). */
export const runAction: StepHandler = async (run: StepRun): Promise<StageEnd> => {
  const { use, step, scope, stage } = run;
  const action = use.action ?? (await loadLocalAction(run));
  const { manifest } = action;
  if (isLocal(use) && stage === 'main') warnAboutPre(run, action);
  run.begin();
  scope.github['action_repository'] = isLocal(use) ? null : (step.reference.name ?? null);
  scope.github['action_ref'] = isLocal(use) ? null : (step.reference.ref ?? null);
  const inputs = await actionInputs(run, manifest);
  logDetails(run, nameOf(use), inputs);
  switch (manifest.runs.kind) {
    case 'javascript':
      return runJavaScript(run, { action, runs: manifest.runs, inputs });
    case 'composite':
      return runComposite(run, { action, inputs });
    case 'docker':
      return runDocker(run, { runs: manifest.runs, inputs });
  }
};

const nameOf = ({ step }: StepUse): string => actionName(step.reference);

function warnAboutPre({ use, log }: StepRun, { manifest }: LoadedAction): void {
  const { runs } = manifest;
  if (runs.kind === 'composite' || runs.pre === null) return;
  log.warning(`\`pre\` execution is not supported for local action from '${nameOf(use)}'`);
}
