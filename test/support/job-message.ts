import { encodeContextData } from '../../src/actions/context-data.ts';
import type { Value } from '../../src/actions/expressions.ts';
import type { TemplateToken } from '../../src/actions/template-token.ts';
import { type JobMessage, jobMessage } from '../../src/contract/runner-protocol.ts';

type Scalars = Readonly<Record<string, string | number | boolean>>;

export interface StepSpec {
  readonly run?: string;
  readonly uses?: string;
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly env?: Scalars;
  readonly shell?: string;
  readonly workingDirectory?: string;
  readonly continueOnError?: string | boolean;
  readonly timeoutMinutes?: string | number;
}

export interface JobSpec {
  readonly steps: readonly (StepSpec | string)[];
  readonly env?: Scalars;
  readonly defaults?: Scalars;
  readonly outputs?: Scalars;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly masks?: readonly string[];
  readonly matrix?: Value;
  readonly needs?: Value;
  readonly vars?: Value;
  readonly inputs?: Value;
  readonly github?: Readonly<Record<string, Value>>;
  readonly environment?: { readonly name: string; readonly url: string };
  readonly container?: string;
}

/** Text with `${{ }}` as the server's compiler writes it (protocol D.3). */
export function token(value: string | number | boolean): TemplateToken {
  if (typeof value !== 'string') return value;
  const parts = value.split(/\$\{\{([\s\S]*?)\}\}/);
  if (parts.length === 1) return { type: 0, lit: value };
  if (parts.length === 3 && parts[0] === '' && parts[2] === '') {
    return { type: 3, expr: (parts[1] ?? '').trim() };
  }
  const values = parts.filter((_, index) => index % 2 === 1).map((part) => part.trim());
  const format = parts
    .map((part, index) =>
      index % 2 === 1
        ? `{${(index - 1) / 2}}`
        : part.replaceAll("'", "''").replaceAll('{', '{{').replaceAll('}', '}}'),
    )
    .join('');
  return { type: 3, expr: `format('${format}', ${values.join(', ')})` };
}

const mapping = (values: Scalars): TemplateToken => ({
  type: 2,
  map: Object.entries(values).map(([key, value]) => ({ Key: key, Value: token(value) })),
});

const guid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function step(spec: StepSpec | string, index: number): object {
  const given: StepSpec = typeof spec === 'string' ? { run: spec } : spec;
  const hidden = `__run${index === 0 ? '' : `_${index + 1}`}`;
  const inputs = {
    ...(given.run === undefined ? {} : { script: given.run }),
    ...(given.shell === undefined ? {} : { shell: given.shell }),
    ...(given.workingDirectory === undefined ? {} : { workingDirectory: given.workingDirectory }),
  };
  const [name, ref] = (given.uses ?? '').split('@');
  return {
    type: 'action',
    id: guid(index + 1),
    name: given.id ?? hidden,
    contextName: given.id ?? hidden,
    reference: given.uses === undefined ? { type: 'script' } : { type: 'repository', name, ref },
    condition: condition(given.if),
    ...(given.name === undefined ? {} : { displayNameToken: token(given.name) }),
    inputs: mapping(inputs),
    ...(given.env === undefined ? {} : { environment: mapping(given.env) }),
    continueOnError: given.continueOnError === undefined ? null : token(given.continueOnError),
    timeoutInMinutes: given.timeoutMinutes === undefined ? null : token(given.timeoutMinutes),
  };
}

/** The server's wrapping of a step's `if` (protocol D.5). */
function condition(text: string | undefined): string {
  if (text === undefined) return 'success()';
  return /\b(success|failure|cancelled|always)\s*\(/.test(text) ? text : `success() && (${text})`;
}

const GITHUB: Readonly<Record<string, Value>> = {
  repository: 'octo/demo',
  repository_owner: 'octo',
  ref: 'refs/heads/main',
  ref_name: 'main',
  ref_protected: false,
  sha: 'b8d1e6523d9961079ec9dc634035b8960498bf1b',
  run_id: '1001',
  event_name: 'push',
  server_url: 'https://github.com',
  event: { forced: false, commits: [{ message: 'Hello' }] },
};

const secret = (value: string) => ({ value, isSecret: true });

/** A job message as the run service sends it (protocol D.7), from what a test cares about. */
export function aJobMessage(spec: JobSpec): JobMessage {
  const plain = Object.entries(spec.variables ?? {}).map(([name, value]) => [name, { value }]);
  const secrets = Object.entries(spec.secrets ?? {}).map(([name, value]) => [name, secret(value)]);
  const context = (value: Value | undefined) => encodeContextData(value ?? null);
  return jobMessage.parse({
    messageType: 'RunnerJobRequest',
    plan: { planId: guid(901) },
    timeline: { id: guid(901) },
    jobId: guid(902),
    jobDisplayName: 'build',
    resources: {
      endpoints: [
        {
          name: 'SystemVssConnection',
          url: 'http://127.0.0.1:1/run/',
          authorization: { scheme: 'OAuth', parameters: { AccessToken: 'job.access.token' } },
          data: {},
        },
      ],
    },
    contextData: {
      github: context({ ...GITHUB, ...spec.github }),
      matrix: context(spec.matrix),
      needs: context(spec.needs ?? {}),
      vars: context(spec.vars ?? {}),
      inputs: context(spec.inputs ?? {}),
      strategy: context({ 'fail-fast': true, 'job-index': 0, 'job-total': 1, 'max-parallel': 1 }),
      job: context({ check_run_id: 7 }),
    },
    variables: {
      'system.github.token': secret('ghs_test_token_1'),
      github_token: secret('ghs_test_token_1'),
      'system.github.job': { value: 'build' },
      'DistributedTask.EnhancedAnnotations': { value: 'true' },
      ...Object.fromEntries([...plain, ...secrets]),
    },
    mask: (spec.masks ?? []).map((value) => ({ type: 'regex', value })),
    steps: spec.steps.map(step),
    environmentVariables: spec.env === undefined ? [] : [mapping(spec.env)],
    defaults:
      spec.defaults === undefined
        ? []
        : [{ type: 2, map: [{ Key: 'run', Value: mapping(spec.defaults) }] }],
    jobOutputs: spec.outputs === undefined ? null : mapping(spec.outputs),
    jobContainer: spec.container ?? null,
    actionsEnvironment:
      spec.environment === undefined
        ? null
        : { name: spec.environment.name, url: token(spec.environment.url) },
  });
}
