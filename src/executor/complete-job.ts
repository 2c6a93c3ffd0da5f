import { ExpressionFailure, toText } from '../actions/expressions.ts';
import { worseStatus } from '../actions/step-condition.ts';
import type { TemplateToken } from '../actions/template-token.ts';
import { messageOf } from '../domain/errors.ts';
import type { JobResult } from '../ports/job-executor.ts';
import { evaluate, evaluateMapping } from './evaluate.ts';
import type { JobState } from './job-state.ts';
import { runQuietly } from './quiet-command.ts';
import { reportMeasures } from './report-measures.ts';
import type { StepLog } from './step-log.ts';

type Outputs = Record<string, { readonly value: string; readonly isSecret: boolean }>;

export interface Completion {
  readonly outputs: JobResult['outputs'];
  readonly environmentUrl?: string;
}

/** What "Complete job" does (protocol G.1, 8). False when something of it went wrong. */
export async function completeJob(
  state: JobState,
  log: StepLog,
): Promise<Completion & { readonly ok: boolean }> {
  let ok = true;
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      ok = false;
      state.status = worseStatus(state.status, 'failure');
      log.error(what);
      log.error(messageOf(error));
      return undefined;
    }
  };
  const outputs = await attempt('Fail to evaluate job outputs', () => jobOutputs(state, log));
  const url = await attempt('Failed to evaluate environment url', () => environmentUrl(state, log));
  await endOrphans(state, log);
  await reportMeasures(state, log);
  return { ok, outputs: outputs ?? {}, ...(url === undefined ? {} : { environmentUrl: url }) };
}

/** Empty outputs and those that hold a secret are left out (protocol G.3). */
async function jobOutputs(state: JobState, log: StepLog): Promise<Outputs> {
  const token = state.message.jobOutputs;
  if (token === undefined || token === null) return {};
  void log.write('Evaluate and set job outputs');
  const outputs: Outputs = {};
  for (const [name, value] of Object.entries(
    await evaluateMapping(state.scope, token as TemplateToken, state.env),
  )) {
    if (value === '') {
      log.debug(`Skip output '${name}' since it's empty`);
    } else if (!state.masker.isClean(value)) {
      log.warning(`Skip output '${name}' since it may contain secret.`);
    } else {
      void log.write(`Set output '${name}'`);
      outputs[name] = { value, isSecret: false };
    }
  }
  return outputs;
}

/** The deployment's address (protocol E.7). */
async function environmentUrl(state: JobState, log: StepLog): Promise<string | undefined> {
  const environment = state.message.actionsEnvironment;
  if (!isEnvironment(environment) || environment.url === undefined || environment.url === null) {
    return undefined;
  }
  void log.write('Evaluate and set environment url');
  const url = toText(await evaluate(state.scope, environment.url, state.env));
  if (!state.masker.isClean(url)) {
    log.warning(
      `Skip setting environment url as environment '${environment.name ?? ''}' may contain secret.`,
    );
    return undefined;
  }
  if (url === '') return undefined;
  if (!/^https?:\/\//i.test(url)) {
    throw new ExpressionFailure(url, 'The address of an environment must begin with http or https');
  }
  void log.write(`Evaluated environment url: ${url}`);
  return url;
}

const isEnvironment = (
  value: unknown,
): value is { readonly name?: string; readonly url?: TemplateToken } =>
  typeof value === 'object' && value !== null && !isList(value);

const isList = (value: unknown): boolean => Array.isArray(value);

/** Prints what it ends: processes of this user that carry the job's tracking id. */
const END_ORPHANS = `for f in $(grep -la "RUNNER_TRACKING_ID=$1" /proc/[0-9]*/environ 2>/dev/null); do
p=\${f#/proc/}; p=\${p%/environ}
read -r name <"/proc/$p/comm" && kill -9 "$p" && echo "$p $name"
done 2>/dev/null
exit 0`;

/** Ends what steps left running (protocol G.12). The results of the job do not depend on it. */
async function endOrphans(state: JobState, log: StepLog): Promise<void> {
  void log.write('Cleaning up orphan processes');
  const id = `github_${state.message.jobId}`;
  try {
    const { output } = await runQuietly(state, ['sh', '-c', END_ORPHANS, 'sh', id]);
    for (const line of output.split('\n').filter((text) => text !== '')) {
      const [pid, ...name] = line.split(' ');
      void log.write(`Terminate orphan process: pid (${pid}) (${name.join(' ')})`);
    }
  } catch (error) {
    void log.write(`Orphan processes were not looked for: ${messageOf(error)}`);
  }
}
