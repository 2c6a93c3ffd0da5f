import {
  inputVariables,
  serviceVariables,
  stateVariables,
} from '../../actions/action-environment.ts';
import type { JavaScriptRuns } from '../../actions/action-manifest.ts';
import { chooseNode } from '../../actions/node-version.ts';
import { pathHere } from '../job-site.ts';
import { processEnvironment, runStepProcess, systemConnection } from '../step-process.ts';
import type { LoadedAction } from '../step-use.ts';
import type { StageEnd, StepRun } from './handler.ts';

interface JavaScriptAction {
  readonly action: LoadedAction;
  readonly runs: JavaScriptRuns;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Runs the file of this stage with node (protocol F.4). Its exit code decides, without a message. */
export async function runJavaScript(
  run: StepRun,
  { action, runs, inputs }: JavaScriptAction,
): Promise<StageEnd> {
  const { state, stage, use, step, log, env } = run;
  const file = runs[stage];
  if (file === null) return 'success';
  const { version, warning } = chooseNode(runs.using, state.variable, env);
  if (warning !== undefined) log.warning(warning);
  const { name, ref, path } = step.reference;
  run.describe({ type: version, actionName: name ?? path ?? '', ...(ref ? { ref } : {}) });
  const { host } = state;
  const script = pathHere(state, `${action.folder}/${file}`);
  if ((await host.read(script, 1)) === null) {
    log.error(`File not found: '${script}'`);
    return 'failure';
  }
  return runStepProcess(run, {
    argv: [`${host.paths.externals}/${version}/bin/node`, script],
    cwd: state.places.workspace,
    env: () =>
      withoutIcu(
        processEnvironment(run, {
          action: { ...inputVariables(inputs), ...stateVariables(use.saved) },
          runnerOwn: serviceVariables({ ...systemConnection(state), variable: state.variable }),
        }),
      ),
    files: [],
    exitMessage: null,
  });
}

/** Data for another node than ours would be misread (protocol F.4). */
function withoutIcu({ NODE_ICU_DATA: _, ...rest }: Record<string, string>): Record<string, string> {
  return rest;
}
