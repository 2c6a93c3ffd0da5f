import { isDockerfile } from '../../actions/action-manifest.ts';
import { actionName } from '../../actions/step-name.ts';
import { AppError } from '../../domain/errors.ts';
import type { ActionReference, ResolvedAction } from '../../ports/action-source.ts';
import type { JobState } from '../job-state.ts';
import type { StepLog } from '../step-log.ts';
import { isRemote, type StepUse } from '../step-use.ts';
import { readAction, takeAction } from './load-action.ts';

/** Composite actions within composite actions (protocol F.2). */
const MAX_DEPTH = 9;

/**
 * Puts every action that these uses need into the host, level by level: what the steps name, then
 * what the composite ones among them name. Throws `AppError` with a message for the user.
 */
export async function downloadActions(
  state: JobState,
  uses: readonly StepUse[],
  log: StepLog,
  stop: AbortSignal,
  depth = 0,
): Promise<void> {
  checkDepth(depth);
  const remote = uses.filter(isRemote);
  if (remote.length === 0) return;
  const missing = missingReferences(state, remote);
  if (missing.length > 0) {
    void log.write('Getting action download info');
    const resolved = await state.execution.actions.resolve(missing, stop);
    for (const secret of resolved.flatMap(({ secrets }) => secrets)) state.masker.addSecret(secret);
    for (const action of resolved) await download(state, action, log, stop);
  }
  for (const use of remote) await load(state, use);
  const inner = remote.flatMap(({ children }) => children);
  await downloadActions(state, inner, log, stop, depth + 1);
}

/** Throws for an action inside of too many composite ones; a local one may even use itself. */
export function checkDepth(depth: number): void {
  if (depth <= MAX_DEPTH) return;
  throw new AppError('action-unusable', `Composite action depth exceeded max depth ${MAX_DEPTH}`);
}

/** A repository that is written in two ways lies in two folders, as at GitHub. */
const keyOf = ({ repository, ref }: ActionReference): string => `${repository}@${ref}`;

function referenceOf({ step }: StepUse): ActionReference {
  const { name, ref } = step.reference;
  const reference = { repository: name ?? '', ref: ref ?? '' };
  const parts = [...reference.repository.split('/'), ...reference.ref.split('/')];
  if (parts.every((part) => part !== '' && part !== '.' && part !== '..')) return reference;
  throw new AppError(
    'action-missing',
    `Expected format {org}/{repo}[/path]@ref. Actual '${actionName(step.reference)}'`,
  );
}

/** Each once, without those that are there already. */
function missingReferences(state: JobState, uses: readonly StepUse[]): ActionReference[] {
  const wanted = new Map(uses.map(referenceOf).map((each) => [keyOf(each), each]));
  return [...wanted].filter(([key]) => !state.downloaded.has(key)).map(([, each]) => each);
}

async function download(
  state: JobState,
  action: ResolvedAction,
  log: StepLog,
  stop: AbortSignal,
): Promise<void> {
  const { repository, ref, sha } = action;
  void log.write(`Download action repository '${repository}@${ref}' (SHA:${sha})`);
  const { actions, host } = state.execution;
  await host.unpack(folderOf(state, action), await actions.open(action, stop));
  state.downloaded.add(keyOf(action));
}

/** As the official runner lays them out (protocol F.2). */
const folderOf = (state: JobState, { repository, ref }: ActionReference): string =>
  `${state.execution.host.paths.actions}/${repository}/${ref}`;

async function load(state: JobState, use: StepUse): Promise<void> {
  const { path } = use.step.reference;
  const root = folderOf(state, referenceOf(use));
  const action = await readAction(state, path ? `${root}/${path}` : root);
  if (action === null) {
    throw new AppError(
      'action-missing',
      `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' for action '${actionName(use.step.reference)}'.`,
    );
  }
  const { runs } = action.manifest;
  if (runs.kind === 'docker' && !isDockerfile(runs.image) && !/^docker:\/\//i.test(runs.image)) {
    throw new AppError(
      'action-unusable',
      `'${runs.image}' should be either '[path]/Dockerfile' or 'docker://image[:tag]'.`,
    );
  }
  takeAction(state, use, action);
}
