import { AppError } from '../../domain/errors.ts';
import type { StepRun } from '../handlers/handler.ts';
import type { LoadedAction } from '../step-use.ts';
import { checkDepth, downloadActions } from './download-actions.ts';
import { readAction, takeAction } from './load-action.ts';

/**
 * Loads the action of a step that uses `./path`, and what its own steps use. Its files are looked for
 * in the workspace only now, since a step before had to put them there (protocol F.3).
 */
export async function loadLocalAction(run: StepRun): Promise<LoadedAction> {
  const { state, use, step } = run;
  checkDepth(run.depth);
  const folder = localFolder(state.places.workspace, step.reference.path ?? '');
  const action = await readAction(state, folder);
  if (action === null) {
    throw new AppError(
      'action-missing',
      `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${folder}'. Did you forget to run actions/checkout before running your local action?`,
    );
  }
  takeAction(state, use, action);
  if (use.children.length > 0)
    await downloadActions(state, use.children, run.log, run.stop, run.depth + 1);
  return action;
}

const localFolder = (workspace: string, path: string): string =>
  `${workspace}/${path.replace(/^(\.?\/)+/, '')}`.replace(/\/+$/, '');
