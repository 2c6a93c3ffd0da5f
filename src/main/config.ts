import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { type Config, configSchema } from '../contract/config.ts';
import { DEFAULT_LABELS, type PoolConfig, poolConfig } from '../contract/pool-config.ts';
import { unknownPools } from './schedule-policy.ts';
import { type Setting, settingsOf } from './settings.ts';

/** The exit code of a wrong configuration: EX_CONFIG of sysexits.h. */
export const EXIT_CONFIG = 78;

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigFile {
  readonly name: string;
  readonly text: string;
}

export type LoadedConfig =
  | { readonly config: Config }
  | {
      /** Every problem that was found, each with the name of what to change. */
      readonly problems: readonly string[];
    };

/** Variables that set-up and the entrance read, beside the settings of the schema. */
const FURTHER_VARIABLES = new Set(['RUNNERHUB_CONFIG']);

/**
 * Reads the configuration: defaults, then the file, then the environment. Pure. Reports every
 * problem at once: broken YAML, unknown keys and variables, wrong values.
 */
export function loadConfig(env: Environment, file: ConfigFile | null): LoadedConfig {
  const problems: string[] = [];
  const raw = readFile(file, problems);
  const settings = settingsOf();
  for (const setting of settings) applyVariable(raw, setting, env, problems);
  problems.push(...unknownVariables(env, settings));
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success)
    problems.push(...parsed.error.issues.map((issue) => describe(issue, settings, env, file)));
  else problems.push(...poolProblems(parsed.data, file));
  if (!parsed.success || problems.length > 0) return { problems: [...new Set(problems)] };
  return { config: parsed.data };
}

/** The pools to run: those of the file, else one on the job image. */
export function poolsOf(config: Config): readonly PoolConfig[] {
  if (config.pools !== undefined) return config.pools;
  return [poolConfig.parse({ name: 'default', labels: DEFAULT_LABELS, image: config.jobImage })];
}

const poolProblems = (config: Config, file: ConfigFile | null): readonly string[] =>
  unknownPools(config, poolsOf(config)).map(
    (problem) => `${file?.name ?? 'configuration'}: ${problem}`,
  );

function readFile(file: ConfigFile | null, problems: string[]): Record<string, unknown> {
  if (file === null) return {};
  try {
    const value: unknown = parseYaml(file.text);
    if (value === null || value === undefined) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return { ...value };
    problems.push(`${file.name}: must be a mapping of settings`);
  } catch (error) {
    problems.push(`${file.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}

function applyVariable(
  raw: Record<string, unknown>,
  setting: Setting,
  env: Environment,
  problems: string[],
): void {
  const name = setting.meta.env;
  const text = name === undefined ? undefined : env[name];
  if (name === undefined || text === undefined || text === '') return;
  const value = convert(text, setting.kind);
  if (value === undefined) problems.push(`${name}: must be a ${setting.kind}, but is "${text}"`);
  else setAt(raw, setting.path.split('.'), value);
}

function convert(text: string, kind: Setting['kind']): unknown {
  if (kind === 'number') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
  if (kind === 'boolean') return { true: true, false: false }[text.trim().toLowerCase()];
  return text;
}

/** Sets a value below copies of the folders on the way; what is no mapping is left to the schema. */
function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const child = target[key] ?? {};
  if (typeof child !== 'object' || Array.isArray(child)) return;
  const copy = { ...child };
  target[key] = copy;
  setAt(copy, rest, value);
}

function unknownVariables(env: Environment, settings: readonly Setting[]): string[] {
  const known = new Set(settings.map((setting) => setting.meta.env));
  return Object.keys(env)
    .filter((name) => name.startsWith('RUNNERHUB_'))
    .filter((name) => !known.has(name) && !FURTHER_VARIABLES.has(name))
    .map((name) => `${name}: no setting has this variable; docs/configuration.md lists them`);
}

function describe(
  issue: z.core.$ZodIssue,
  settings: readonly Setting[],
  env: Environment,
  file: ConfigFile | null,
): string {
  const path = issue.path.join('.');
  const variable = settings.find((setting) => setting.path === path)?.meta.env;
  const fromEnvironment =
    variable !== undefined && env[variable] !== undefined && env[variable] !== '';
  const where = fromEnvironment
    ? variable
    : `${file?.name ?? 'configuration'}: ${path || '(top level)'}`;
  if (issue.code === 'unrecognized_keys') {
    return `${where}: unknown setting ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  }
  return `${where}: ${issue.message}`;
}
