import { type ContextData, decodeContextData } from '../actions/context-data.ts';
import { isRecord, toText, type Value } from '../actions/expressions.ts';
import { SecretMasker } from '../actions/secret-masker.ts';
import type { JobMessage } from '../contract/runner-protocol.ts';
import type { JobExecution } from '../ports/job-executor.ts';
import type { HostPaths } from '../ports/step-host.ts';
import { secretsContext } from './job-secrets.ts';
import type { JobPlaces, JobState } from './job-state.ts';
import { PostQueue } from './post-queue.ts';

const isTrue = (text: string): boolean =>
  ['true', '1', 'yes', 'y', '$true'].includes(text.toLowerCase());

/** The state of a job that has not begun (protocol D.4, G.17). The masker knows nothing yet. */
export function createJobState(message: JobMessage, execution: JobExecution): JobState {
  const sent = Object.fromEntries(
    Object.entries(message.contextData).map(([name, data]) => [
      name.toLowerCase(),
      decodeContextData(data as ContextData),
    ]),
  );
  const github = isRecord(sent['github']) ? { ...sent['github'] } : {};
  const repository = toText(github['repository'] ?? null);
  const places = placesIn(execution.host.paths, repository);
  const variable = variableReader(message);
  const vars = sent['vars'] ?? null;
  const debug = isTrue(variable('ACTIONS_STEP_DEBUG') || fromVars(vars, 'ACTIONS_STEP_DEBUG'));
  Object.assign(github, githubAdditions(variable, places));
  const state: JobState = {
    message,
    execution,
    masker: new SecretMasker(),
    places,
    host: execution.host,
    wishes: { container: null, services: new Map() },
    images: new Map(),
    jobContext: {},
    variable,
    get scope() {
      return scope;
    },
    flags: {
      debug,
      enhancedAnnotations: isTrue(variable('DistributedTask.EnhancedAnnotations')),
      deprecateOutputCommands: isTrue(variable('DistributedTask.DeprecateStepOutputCommands')),
    },
    fixed: {
      needs: sent['needs'] ?? null,
      strategy: sent['strategy'] ?? null,
      matrix: sent['matrix'] ?? null,
      vars,
      job: sent['job'] ?? null,
      secrets: secretsContext(message.variables),
      runner: runnerContext(execution, variable, places, debug),
    },
    env: {},
    defaults: { shell: '', workingDirectory: null },
    prependPath: [],
    matchers: [],
    status: 'success',
    failure: undefined,
    measures: {},
    annotations: [],
    finished: [],
    downloaded: new Set(),
    posts: new PostQueue(),
    lastNumber: 0,
  };
  const scope = { job: state, github, steps: new Map(), inputs: sent['inputs'] ?? null };
  return state;
}

function variableReader(message: JobMessage): (name: string) => string {
  const values = new Map(
    Object.entries(message.variables).map(([name, { value }]) => [name.toLowerCase(), value ?? '']),
  );
  return (name) => values.get(name.toLowerCase()) ?? '';
}

function fromVars(vars: Value, name: string): string {
  return isRecord(vars) ? toText(vars[name] ?? null) : '';
}

/** Folders of a job of a repository inside a host. */
export function placesIn(paths: HostPaths, repository: string): JobPlaces {
  const name = repository.split('/').at(-1) || 'workspace';
  const pipeline = `${paths.work}/${name}`;
  return {
    pipeline,
    workspace: `${pipeline}/${name}`,
    fileCommands: `${paths.temp}/_runner_file_commands`,
    eventFile: `${paths.temp}/_github_workflow/event.json`,
  };
}

function githubAdditions(
  variable: (name: string) => string,
  places: JobPlaces,
): Record<string, Value> {
  return {
    token: variable('system.github.token'),
    job: variable('system.github.job'),
    workspace: places.workspace,
    event_path: places.eventFile,
  };
}

function runnerContext(
  { host, runner }: JobExecution,
  variable: (name: string) => string,
  places: JobPlaces,
  debug: boolean,
): Record<string, Value> {
  return {
    os: host.facts.os,
    arch: host.facts.arch,
    name: runner.name,
    environment: variable('system.runnerEnvironment') || 'self-hosted',
    tool_cache: host.paths.toolCache,
    temp: host.paths.temp,
    workspace: places.pipeline,
    ...(debug ? { debug: '1' } : {}),
  };
}
