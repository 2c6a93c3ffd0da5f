import { stepEnvironment } from '../actions/run-environment.ts';
import type { ExitStatus, HostFile } from '../ports/step-host.ts';
import type { StageEnd, StepRun } from './handlers/handler.ts';
import { hostOfSteps } from './job-site.ts';
import { type JobState, setIgnoringCase } from './job-state.ts';
import type { CommandWays } from './step-commands.ts';
import { StepOutput } from './step-output.ts';

export interface StepProcess {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Called when the step's file commands are in the `github` context. */
  readonly env: () => Readonly<Record<string, string>>;
  /** Written before the process starts. */
  readonly files: readonly HostFile[];
  /** Error for a non-zero exit code; null for none. The code is named by default. */
  readonly exitMessage?: ((code: number) => string) | null | undefined;
}

/** Variables that only the process of an action or a script gets, by what kind it is. */
export interface ExtraVariables {
  /** `INPUT_*`, `STATE_*`. */
  readonly action?: Readonly<Record<string, string>>;
  readonly runnerOwn?: Readonly<Record<string, string>>;
}

/** What the environment begins with: that of the image that the process runs in. */
export interface Machine {
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
}

/** The whole environment of a process of this step (protocol G.4, G.13). */
export function processEnvironment(
  run: StepRun,
  extra: ExtraVariables = {},
  machine: Machine = { env: run.state.host.facts.env, home: run.state.host.paths.home },
): Record<string, string> {
  const { state } = run;
  return stepEnvironment({
    // A step may empty it to keep a process beyond the job's end (protocol G.12).
    host: { ...machine.env, RUNNER_TRACKING_ID: `github_${state.message.jobId}` },
    home: machine.home,
    env: run.env,
    ...(extra.action === undefined ? {} : { action: extra.action }),
    github: run.scope.github,
    runner: state.fixed['runner'] ?? null,
    prependPath: state.prependPath,
    runnerOwn: { ...identityVariables(run), ...extra.runnerOwn },
  });
}

/** What every step may use to ask for an OIDC token, where the job has that permission (protocol F.4). */
function identityVariables({ state }: StepRun): Record<string, string> {
  const { variable } = state;
  const { token, data } = systemConnection(state);
  const url = data['GenerateIdTokenUrl'] ?? '';
  const wantsId = variable('actions_set_orchestration_id_env_for_actions').toLowerCase() === 'true';
  const orchestration = wantsId ? variable('system.orchestrationId') : '';
  return {
    ...(url === ''
      ? {}
      : { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token }),
    ...(orchestration === '' ? {} : { ACTIONS_ORCHESTRATION_ID: orchestration }),
  };
}

/** The job's own connection (protocol D.2). */
export function systemConnection({ message }: JobState): {
  readonly url: string;
  readonly token: string;
  readonly data: Readonly<Record<string, string>>;
} {
  const system = message.resources.endpoints.find(
    ({ name }) => name.toLowerCase() === 'systemvssconnection',
  );
  const token = system?.authorization?.parameters?.['AccessToken'] ?? '';
  return { url: system?.url ?? '', token, data: system?.data ?? {} };
}

/**
 * Runs one process of a step with fresh file commands.
 */
export async function runStepProcess(run: StepRun, process: StepProcess): Promise<StageEnd> {
  const { state, log } = run;
  const host = hostOfSteps(state);
  const { argv, cwd } = process;
  log.debug(argv.join(' '));
  return runWithOutput(
    run,
    { files: [...process.files, ...run.files.empty], exitMessage: process.exitMessage },
    (output) => host.exec({ argv, cwd, env: process.env() }, output, run.stop),
  );
}

/**
 * Whatever a step executes: output through commands, matchers and masker, then the file commands'
 * effects, however it ended.
 */
export async function runWithOutput(
  run: StepRun,
  {
    files,
    exitMessage,
    pathOf = (path) => path,
  }: Pick<StepProcess, 'files' | 'exitMessage'> & Partial<Pick<CommandWays, 'pathOf'>>,
  execute: (output: StepOutput) => Promise<ExitStatus>,
): Promise<StageEnd> {
  const saveState = (name: string, value: string) => {
    setIgnoringCase(run.use.saved, name, value);
  };
  await run.state.host.put(files);
  const output = new StepOutput(run, { saveState, pathOf });
  const status = await execute(output);
  await output.end();
  const end = run.stop.aborted ? 'failure' : logEnd(run, status, exitMessage);
  await run.files.process(run, saveState);
  return end;
}

const defaultMessage = (code: number): string => `Process completed with exit code ${code}.`;

function logEnd(
  { log }: StepRun,
  status: ExitStatus,
  exitMessage: StepProcess['exitMessage'] = defaultMessage,
): StageEnd {
  if (status.notStarted !== undefined) {
    log.error(status.notStarted);
    return 'failure';
  }
  if (status.code === 0) return 'success';
  if (status.outOfMemory)
    log.error('The job ran out of memory: a process was ended by the kernel.');
  if (status.tooManyProcesses) {
    log.error('The job reached the limit of its processes: some could not be started.');
  }
  if (exitMessage !== null) log.error(exitMessage(status.code));
  return 'failure';
}
