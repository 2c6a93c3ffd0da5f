import {
  inputVariables,
  serviceVariables,
  stateVariables,
} from '../../actions/action-environment.ts';
import type { DockerRuns } from '../../actions/action-manifest.ts';
import { splitCommandLine } from '../../actions/command-line.ts';
import { isList, toText } from '../../actions/expressions.ts';
import { ACTION_PATHS } from '../../ports/job-containers.ts';
import { imageFor } from '../containers/images.ts';
import { containersOf } from '../containers/initialize.ts';
import { evaluate, evaluateMapping } from '../evaluate.ts';
import type { JobState, Scope } from '../job-state.ts';
import { processEnvironment, runWithOutput, systemConnection } from '../step-process.ts';
import type { StageEnd, StepRun } from './handler.ts';

interface DockerAction {
  readonly runs: DockerRuns;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Runs the image of a Docker action for one stage (protocol F.5). */
export async function runDocker(run: StepRun, { runs, inputs }: DockerAction): Promise<StageEnd> {
  const { state, step, use, log } = run;
  const containers = containersOf(state);
  const image = await imageFor(state, use, log, run.stop);
  const { name, path, ref, image: named } = step.reference;
  run.describe({
    type: 'docker',
    actionName: name ?? path ?? named ?? '',
    ...(ref ? { ref } : {}),
  });
  // Its user is the image's own, who must be able to write what the steps' user has made.
  const files = run.files.empty.map((file) => ({ ...file, mode: 0o666 }));
  await state.execution.host.makeFolders([`${state.execution.host.paths.temp}/_github_home`]);
  const inner: Scope = { ...run.scope, inputs };
  const own = await evaluateMapping(inner, runs.env, run.env);
  const args = await argsOf(inner, runs, inputs, run.env);
  const entrypoint = entrypointOf(run, runs, inputs);
  return runWithOutput(
    run,
    {
      files,
      exitMessage: (code) => `Docker run failed with exit code ${code}`,
      pathOf: translator(foldersOf(state).map(([here, there]) => [there, here])),
    },
    (output) =>
      containers.run(
        {
          image,
          ...(entrypoint === null ? {} : { entrypoint }),
          ...(args === null ? {} : { args }),
          env: imageEnvironment(run, own, inputs),
          workspace: state.places.workspace,
        },
        output,
        run.stop,
      ),
  );
}

const given = (inputs: DockerAction['inputs'], name: string): string =>
  Object.entries(inputs).find(([key]) => key.toLowerCase() === name)?.[1] ?? '';

function entrypointOf(
  { stage }: StepRun,
  runs: DockerRuns,
  inputs: DockerAction['inputs'],
): string | null {
  if (stage !== 'main') return runs[stage];
  return runs.entrypoint ?? (given(inputs, 'entrypoint') || null);
}

/** What the manifest says comes first. Null: the image's own command. */
async function argsOf(
  scope: Scope,
  runs: DockerRuns,
  inputs: DockerAction['inputs'],
  env: StepRun['env'],
): Promise<string[] | null> {
  const value = await evaluate(scope, runs.args, env);
  if (value !== null && isList(value)) return value.map(toText);
  const text = given(inputs, 'args');
  return text === '' ? null : splitCommandLine(text);
}

/** As for a JavaScript action, with the folders as the container sees them; PATH is the image's. */
function imageEnvironment(
  run: StepRun,
  own: Readonly<Record<string, string>>,
  inputs: DockerAction['inputs'],
): Record<string, string> {
  const { state, use } = run;
  const { ACTIONS_CACHE_SERVICE_V2: _, ...services } = serviceVariables({
    ...systemConnection(state),
    variable: state.variable,
  });
  const variables = processEnvironment(
    run,
    {
      action: { ...own, ...inputVariables(inputs), ...stateVariables(use.saved) },
      runnerOwn: services,
    },
    { env: {}, home: ACTION_PATHS.home },
  );
  delete variables['PATH'];
  const translate = translator(foldersOf(state));
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, translate(value)]),
  );
}

type Folders = readonly (readonly [from: string, to: string])[];

/** Folders of the job, as the host of the steps and as the container names them. */
function foldersOf({ host, places }: JobState): Folders {
  const { temp } = host.paths;
  return [
    [places.workspace, ACTION_PATHS.workspace],
    [`${temp}/_github_home`, ACTION_PATHS.home],
    [`${temp}/_github_workflow`, ACTION_PATHS.workflow],
    [places.fileCommands, ACTION_PATHS.fileCommands],
    [temp, ACTION_PATHS.temp],
  ];
}

/** Makes values that are a known folder, or lie in one, name it in the other way. */
function translator(folders: Folders): (value: string) => string {
  return (value) => {
    const found = folders.find(([from]) => value === from || value.startsWith(`${from}/`));
    return found === undefined ? value : `${found[1]}${value.slice(found[0].length)}`;
  };
}
