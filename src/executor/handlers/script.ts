import {
  firstLine,
  resolveShell,
  type ShellCommand,
  scriptContent,
  shellArguments,
  shellProblem,
} from '../../actions/shells.ts';
import type { TemplateToken } from '../../actions/template-token.ts';
import { evaluateMapping } from '../evaluate.ts';
import { isInOwnContainer } from '../job-site.ts';
import { type JobState, setIgnoringCase } from '../job-state.ts';
import { runQuietly } from '../quiet-command.ts';
import { processEnvironment, runStepProcess } from '../step-process.ts';
import type { StageEnd, StepHandler, StepRun } from './handler.ts';

/** The inputs of a `run` step, by the names of the message (protocol D.5). */
interface ScriptInputs {
  readonly script: string;
  readonly shell: string;
  readonly workingDirectory: string | null;
}

/** Runs the script of a `run` step (protocol G.6). */
export const runScript: StepHandler = async (run: StepRun): Promise<StageEnd> => {
  const { state, log } = run;
  const { host } = state;
  const { newId } = state.execution;
  run.describe({ type: 'run' });
  // Only the `env` of a composite action's step still sees its action here (protocol G.17).
  run.scope.github['action_repository'] = null;
  run.scope.github['action_ref'] = null;
  const inputs = await scriptInputs(run);
  logScript(run, inputs.script);
  const shell = chooseShell(run, inputs);
  const program = await programPath(state, shell.program);
  if (program !== null) logShell(run, shell, program);
  void log.write('##[endgroup]');
  const problem = program === null ? `${shell.program}: command not found` : shellProblem(shell);
  if (program === null || problem !== null) {
    log.error(problem ?? '');
    return 'failure';
  }
  const path = `${host.paths.temp}/${newId()}${shell.extension}`;
  return runStepProcess(run, {
    argv: [program, ...shellArguments(shell.argumentFormat, path)],
    cwd: joinPath(state.places.workspace, inputs.workingDirectory ?? ''),
    env: () => processEnvironment(run),
    files: [{ path, content: scriptContent(shell.name, inputs.script) }],
  });
};

const NO_DEFAULTS = { shell: '', workingDirectory: null };

async function scriptInputs({ state, scope, step, env, depth }: StepRun): Promise<ScriptInputs> {
  const given = await evaluateMapping(scope, step.inputs as TemplateToken, env);
  const inputs: Record<string, string> = {};
  for (const [name, value] of Object.entries(given))
    setIgnoringCase(inputs, name.toLowerCase(), value);
  // Inside a composite action the job's defaults do not count (protocol F.6).
  const defaults = depth > 0 ? NO_DEFAULTS : state.defaults;
  return {
    script: inputs['script'] ?? '',
    shell: inputs['shell'] || defaults.shell,
    workingDirectory: inputs['workingdirectory'] ?? defaults.workingDirectory,
  };
}

function logScript({ log }: StepRun, script: string): void {
  void log.write(`##[group]Run ${firstLine(script)}`);
  const lines = script.replaceAll('\r\n', '\n').replace(/\n+$/, '').split('\n');
  for (const line of lines) void log.write(`\x1b[36;1m${line}\x1b[0m`);
}

function chooseShell({ state }: StepRun, { shell }: ScriptInputs): ShellCommand {
  // In a job container it is always sh (protocol G.6).
  const shells = isInOwnContainer(state) ? [] : state.host.facts.shells;
  return resolveShell(shell, { hasBash: shells.includes('bash') });
}

/**
 * Where the program is, by the PATH of the machine and GITHUB_PATH, as the official runner looks for it;
 * null when it is nowhere.
 */
async function programPath(state: JobState, program: string): Promise<string | null> {
  if (isInOwnContainer(state)) return program; // no look-up there (protocol G.6)
  const known = state.host.facts.shellPaths?.[program];
  if (known !== undefined && state.prependPath.length === 0) return known;
  const path = state.prependPath.toReversed().join(':');
  const find = 'PATH="$2:$PATH"; command -v -- "$1"';
  const { output } = await runQuietly(state, ['sh', '-c', find, 'sh', program, path]);
  return output.trim() || null;
}

function logShell({ log, env }: StepRun, { argumentFormat }: ShellCommand, path: string): void {
  void log.write(`shell: ${path} ${argumentFormat}`);
  const variables = Object.entries(env);
  if (variables.length > 0) {
    void log.write('env:');
    for (const [name, value] of variables) void log.write(`  ${name}: ${value}`);
  }
}

/** An absolute path replaces the folder. */
export function joinPath(folder: string, path: string): string {
  if (path === '') return folder;
  return path.startsWith('/') ? path : `${folder}/${path}`;
}
