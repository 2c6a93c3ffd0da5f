import {
  type ActionManifest,
  DOCKERFILE_NAMES,
  MANIFEST_NAMES,
  ManifestProblem,
  parseActionManifest,
  plainDockerAction,
} from '../../actions/action-manifest.ts';
import { AppError } from '../../domain/errors.ts';
import type { JobState } from '../job-state.ts';
import { createUse, type LoadedAction, type StepUse } from '../step-use.ts';

/** A manifest that is larger is not read. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** Reads the action in a folder of the host; null when there is none. Throws `action-unusable`. */
export async function readAction(state: JobState, folder: string): Promise<LoadedAction | null> {
  const manifest = (await readManifest(state, folder)) ?? (await readDockerfile(state, folder));
  return manifest === null ? null : { folder, manifest };
}

async function readManifest(state: JobState, folder: string): Promise<ActionManifest | null> {
  for (const name of MANIFEST_NAMES) {
    const path = `${folder}/${name}`;
    const content = await state.host.read(path, MAX_MANIFEST_BYTES + 1);
    if (content === null) continue;
    if (content.length > MAX_MANIFEST_BYTES) throw unusable(path, 'The file is larger than 4 MiB.');
    return parse(path, name, Buffer.from(content).toString('utf8'));
  }
  return null;
}

function parse(path: string, name: string, text: string): ActionManifest {
  try {
    return parseActionManifest(name, text);
  } catch (error) {
    if (error instanceof ManifestProblem) throw unusable(path, error.message);
    throw error;
  }
}

const unusable = (path: string, reason: string): AppError =>
  new AppError('action-unusable', `Failed to load ${path}. ${reason}`);

async function readDockerfile(state: JobState, folder: string): Promise<ActionManifest | null> {
  for (const name of DOCKERFILE_NAMES) {
    if ((await state.host.read(`${folder}/${name}`, 1)) !== null) {
      return plainDockerAction(name);
    }
  }
  return null;
}

/** Gives a use its action, and a composite one uses of its steps. */
export function takeAction(state: JobState, use: StepUse, action: LoadedAction): void {
  const { runs } = action.manifest;
  use.action = action;
  if (runs.kind !== 'composite') return;
  const { newId } = state.execution;
  use.children = runs.steps.map(({ reference, displayName, ...step }) =>
    createUse({
      ...step,
      type: 'action',
      id: newId(),
      name: step.contextName,
      displayNameToken: displayName,
      reference: { ...reference },
    }),
  );
}
