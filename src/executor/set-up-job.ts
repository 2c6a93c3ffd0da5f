import { isRecord, toText, type Value } from '../actions/expressions.ts';
import { stepKind } from '../actions/step-name.ts';
import type { TemplateToken } from '../actions/template-token.ts';
import { downloadActions } from './actions/download-actions.ts';
import { evaluateWishes } from './containers/wishes.ts';
import { evaluate, evaluateMapping } from './evaluate.ts';
import { maskMessage } from './job-secrets.ts';
import { type JobState, setIgnoringCase } from './job-state.ts';
import { runQuietly } from './quiet-command.ts';
import type { StepLog } from './step-log.ts';
import { missingFeature } from './step-plan.ts';
import type { StepUse } from './step-use.ts';

/** Thrown for a job that cannot be set up; the message is for the user. */
class SetUpFailure extends Error {}

/** What "Set up job" does (protocol G.1, 1). Throws with a message for the user. */
export async function setUpJob(
  state: JobState,
  uses: readonly StepUse[],
  log: StepLog,
  stop: AbortSignal,
): Promise<void> {
  introduce(state, log);
  refuseUnsupported(state);
  void log.write('Prepare workflow directory');
  await prepareFolders(state);
  for (const token of state.message.environmentVariables ?? []) {
    Object.assign(state.env, await evaluateMapping(state.scope, token as TemplateToken, state.env));
  }
  for (const token of state.message.defaults ?? [])
    await takeDefaults(state, token as TemplateToken);
  state.wishes = await evaluateWishes(state, log);
  await prepareActions(state, uses, log, stop);
  void log.write(`Complete job name: ${state.message.jobDisplayName}`);
}

/** Downloads what the steps use, into an empty folder (protocol F.2). */
async function prepareActions(
  state: JobState,
  uses: readonly StepUse[],
  log: StepLog,
  stop: AbortSignal,
): Promise<void> {
  if (uses.every(({ step }) => stepKind(step.reference.type) === 'script')) return;
  void log.write('Prepare all required actions');
  await downloadActions(state, uses, log, stop);
}

/** Fills the masker; nothing may be logged before. Throws with a message for the user. */
export function setUpMasker(state: JobState): void {
  try {
    maskMessage(state.masker, state.message);
  } catch {
    throw new SetUpFailure(
      'A mask of the job message is no regular expression that this runner can use. The job was stopped before it could print a secret.',
    );
  }
}

function introduce(state: JobState, log: StepLog): void {
  const { runner } = state.execution;
  const group = state.variable('system.runnerGroupName') || runner.groupName;
  void log.write(`Current runner version: '${runner.version}'`);
  void log.write(`Runner name: '${runner.name}'`);
  void log.write(`Runner group name: '${group}'`);
  void log.write(`Machine name: '${runner.machine}'`);
  logPermissions(state.variable('system.github.token.permissions'), log);
  const source = toText(state.scope.github['secret_source'] ?? null);
  if (source !== '') void log.write(`Secret source: ${source}`);
  const cacheMode = state.variable('actions_cache_mode');
  if (cacheMode !== '') void log.write(`Cache mode: ${cacheMode}`);
}

function logPermissions(json: string, log: StepLog): void {
  if (json === '') return;
  void log.write('##[group]GITHUB_TOKEN Permissions');
  try {
    const permissions: Value = JSON.parse(json);
    if (isRecord(permissions)) {
      for (const [name, value] of Object.entries(permissions)) {
        void log.write(`${name}: ${toText(value)}`);
      }
    }
  } catch {
    void log.write('The list of permissions cannot be read.');
  }
  void log.write('##[endgroup]');
}

function refuseUnsupported({ message }: JobState): void {
  const missing = message.steps.map(missingFeature).find((text) => text !== null);
  if (missing !== undefined) throw new SetUpFailure(missing);
}

const CLEAR = `for d do cd "$d" || continue
for f in * .[!.]* ..?*; do [ -e "$f" ] || [ -L "$f" ] || continue; rm -rf -- "$f" || exit 1; done
done`;

/** The layout of protocol G.5, with an empty RUNNER_TEMP and the event's payload. */
async function prepareFolders(state: JobState): Promise<void> {
  const { places, execution, message } = state;
  const { host } = execution;
  await runQuietly(state, ['sh', '-c', CLEAR, 'sh', host.paths.temp, host.paths.actions]);
  if (message.workspace?.clean === 'all') await host.remove([places.pipeline]);
  await host.makeFolders([
    places.workspace,
    host.paths.temp,
    host.paths.toolCache,
    host.paths.actions,
    places.fileCommands,
  ]);
  const event = JSON.stringify(state.scope.github['event'] ?? {}, null, 2);
  await host.put([{ path: places.eventFile, content: event }]);
}

async function takeDefaults(state: JobState, token: TemplateToken): Promise<void> {
  const value = await evaluate(state.scope, token, state.env);
  const run = isRecord(value) ? value['run'] : undefined;
  if (!isRecord(run)) return;
  const lower: Record<string, string> = {};
  for (const [name, item] of Object.entries(run))
    setIgnoringCase(lower, name.toLowerCase(), toText(item));
  state.defaults.shell = lower['shell'] ?? '';
  state.defaults.workingDirectory = lower['working-directory'] || null;
}
