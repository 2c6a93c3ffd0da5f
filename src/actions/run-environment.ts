import { isRecord, toText, type Value } from './expressions.ts';

/** Members of the `github` context that become `GITHUB_*` variables (protocol G.13). */
const GITHUB_KEYS = [
  'action',
  'action_path',
  'action_ref',
  'action_repository',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'env',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'output',
  'path',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'state',
  'step_summary',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
] as const;

export type Variables = Readonly<Record<string, string>>;

/** `GITHUB_*` of the `github` context. Members that are absent or null set nothing. */
export function githubVariables(github: Value): Record<string, string> {
  if (!isRecord(github)) return {};
  const known = GITHUB_KEYS.map((key) => [key, github[key]] as const);
  return prefixed('GITHUB_', known);
}

/** `RUNNER_*` of the `runner` context. */
export const runnerVariables = (runner: Value): Record<string, string> =>
  isRecord(runner) ? prefixed('RUNNER_', Object.entries(runner)) : {};

function prefixed(
  prefix: string,
  entries: readonly (readonly [string, Value | undefined])[],
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [key, value] of entries) {
    if (typeof value === 'string' || typeof value === 'boolean') {
      variables[`${prefix}${key.toUpperCase()}`] = toText(value);
    }
  }
  return variables;
}

export interface EnvironmentLayers {
  /** Of the image. */
  readonly host: Variables;
  readonly home: string;
  /** The `env` context inside the step: workflow, job, GITHUB_ENV and step (protocol G.4). */
  readonly env: Variables;
  /** `INPUT_*`, `STATE_*` and the like of an action. */
  readonly action?: Variables;
  readonly github: Value;
  readonly runner: Value;
  /** Entries of GITHUB_PATH; later ones come first in PATH. */
  readonly prependPath: readonly string[];
  /** What the runner adds and nobody may overwrite. */
  readonly runnerOwn?: Variables;
}

/** What Docker takes for an image that says nothing. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The whole environment of a step's process, by the precedence of protocol G.4. */
export function stepEnvironment(layers: EnvironmentLayers): Record<string, string> {
  const merged: Record<string, string> = {
    HOME: layers.home,
    ...layers.host,
    ...layers.env,
    ...layers.action,
    ...githubVariables(layers.github),
    ...runnerVariables(layers.runner),
    ...layers.runnerOwn,
    GITHUB_ACTIONS: 'true',
  };
  merged['CI'] ??= 'true';
  const path = [...layers.prependPath.toReversed(), merged['PATH'] ?? DEFAULT_PATH];
  merged['PATH'] = path.filter((entry) => entry !== '').join(':');
  return Object.fromEntries(
    Object.entries(merged).map(([name, value]) => [name, beforeNull(value)]),
  );
}

/** A null character ends every string of an environment. */
const beforeNull = (value: string): string =>
  value.includes('\0') ? value.slice(0, value.indexOf('\0')) : value;
