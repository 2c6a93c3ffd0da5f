import { type DockerRuns, plainDockerAction } from '../../actions/action-manifest.ts';
import type { TemplateToken } from '../../actions/template-token.ts';
import { evaluateMapping } from '../evaluate.ts';
import { runDocker } from './docker.ts';
import type { StageEnd, StepHandler, StepRun } from './handler.ts';
import { logDetails } from './step-details.ts';

/** A step that uses `docker://image` by itself: only `args` and `entrypoint` are for the container. */
export const runImage: StepHandler = async (run: StepRun): Promise<StageEnd> => {
  const { step, scope, env } = run;
  const image = step.reference.image ?? '';
  run.begin();
  scope.github['action_repository'] = null;
  scope.github['action_ref'] = null;
  const inputs = await evaluateMapping(scope, step.inputs as TemplateToken, env);
  logDetails(run, `docker://${image}`, inputs);
  const runs = plainDockerAction(`docker://${image}`).runs as DockerRuns;
  return runDocker(run, { runs, inputs });
};
