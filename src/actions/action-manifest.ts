import { FeatureFlags } from '@actions/expressions/features';
import { NoOperationTraceWriter } from '@actions/workflow-parser';
import { getActionSchema } from '@actions/workflow-parser/actions/action-schema';
import { convertSteps } from '@actions/workflow-parser/model/converter/steps';
import {
  TemplateContext,
  TemplateValidationErrors,
} from '@actions/workflow-parser/templates/template-context';
import { readTemplate } from '@actions/workflow-parser/templates/template-reader';
import { YamlObjectReader } from '@actions/workflow-parser/workflows/yaml-object-reader';
import { parse } from 'yaml';
import type { TemplateToken } from './template-token.ts';
import type { WorkflowStep } from './workflow-model.ts';
import { readStep } from './workflow-step.ts';
import {
  itemsOf,
  membersOf,
  optionalWireToken,
  type ParsedToken,
  textOf,
} from './workflow-tokens.ts';

export interface ActionInput {
  readonly name: string;
  /** Evaluated when the step gives no value; '' where the manifest has none. */
  readonly default: TemplateToken;
  readonly deprecationMessage: string | null;
}

/** What runs before and after the main stage, if anything, and on which condition. */
interface Hooks {
  /** File of a JavaScript action, entrypoint of a Docker action. */
  readonly pre: string | null;
  readonly preIf: string;
  readonly post: string | null;
  readonly postIf: string;
}

export interface JavaScriptRuns extends Hooks {
  readonly kind: 'javascript';
  /** `node12` … `node24`, as it is written. */
  readonly using: string;
  readonly main: string;
}

export interface DockerRuns extends Hooks {
  readonly kind: 'docker';
  /** `Dockerfile`, a path to one, or `docker://image`. */
  readonly image: string;
  readonly entrypoint: string | null;
  readonly args: TemplateToken | undefined;
  readonly env: TemplateToken | undefined;
}

export interface CompositeRuns {
  readonly kind: 'composite';
  readonly steps: readonly WorkflowStep[];
}

export interface ActionManifest {
  readonly inputs: readonly ActionInput[];
  /** `outputs.<name>.value` of a composite action. */
  readonly outputs: ReadonlyMap<string, TemplateToken>;
  readonly runs: JavaScriptRuns | DockerRuns | CompositeRuns;
}

/** A manifest that cannot be used; the message says where and why. */
export class ManifestProblem extends Error {
  override readonly name = 'ManifestProblem';
}

/** Whether an `image` names a Dockerfile: `Dockerfile`, `Dockerfile.dev`, `dev.Dockerfile`. */
export const isDockerfile = (image: string): boolean =>
  /(?:^dockerfile\..*|dockerfile)$/i.test(image.split('/').at(-1) ?? '');

/** Names of a manifest, in the order in which they are looked for (protocol F.2). */
export const MANIFEST_NAMES = ['action.yml', 'action.yaml'] as const;
export const DOCKERFILE_NAMES = ['Dockerfile', 'dockerfile'] as const;

const JAVASCRIPT = /^node(12|16|20|24)$/i;

/** An action that is nothing but a Dockerfile (protocol F.2). */
export const plainDockerAction = (dockerfile: string): ActionManifest => ({
  inputs: [],
  outputs: new Map(),
  runs: {
    kind: 'docker',
    image: dockerfile,
    entrypoint: null,
    args: undefined,
    env: undefined,
    ...hooks(new Map(), 'pre-entrypoint', 'post-entrypoint'),
  },
});

/** Reads an `action.yml` by the schema that the runner uses (protocol F.3). Throws `ManifestProblem`. */
export function parseActionManifest(file: string, text: string): ActionManifest {
  checkRuns(file, text);
  const trace = new NoOperationTraceWriter();
  const context = new TemplateContext(new TemplateValidationErrors(), getActionSchema(), trace);
  context.state['featureFlags'] = new FeatureFlags();
  const fileId = context.getFileId(file);
  const reader = new YamlObjectReader(fileId, text);
  const root = readTemplate(context, 'action-root', reader, fileId);
  const runs = membersOf(root).get('runs');
  const steps = membersOf(runs).get('steps');
  const converted = steps === undefined ? [] : convertSteps(context, steps);
  const [problem] = context.errors.getErrors();
  if (runs === undefined || problem !== undefined)
    throw new ManifestProblem(problem?.message ?? file);
  return {
    inputs: readInputs(membersOf(root).get('inputs')),
    outputs: readOutputs(membersOf(root).get('outputs')),
    runs: readRuns(runs, () =>
      converted.flatMap((step, index) => {
        const raw = itemsOf(steps)[index];
        return raw === undefined ? [] : (readStep(step, raw) ?? badUses(file, raw));
      }),
    ),
  };
}

function badUses(file: string, step: ParsedToken): never {
  const uses = textOf(membersOf(step).get('uses')) ?? '';
  throw new ManifestProblem(
    `${file} (Line: ${step.line ?? 1}): Expected format {org}/{repo}[/path]@ref. Actual '${uses}'`,
  );
}

function readInputs(token: ParsedToken | undefined): ActionInput[] {
  return [...membersOf(token)].map(([name, input]) => {
    const members = membersOf(input);
    return {
      name,
      default: optionalWireToken(members.get('default')) ?? '',
      deprecationMessage: textOf(members.get('deprecationMessage')) ?? null,
    };
  });
}

function readOutputs(token: ParsedToken | undefined): ReadonlyMap<string, TemplateToken> {
  return new Map(
    [...membersOf(token)].flatMap(([name, output]) => {
      const value = optionalWireToken(membersOf(output).get('value'));
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** What each kind of action cannot do without. */
const NEEDS = [
  { using: JAVASCRIPT, member: 'main' },
  { using: /^composite$/i, member: 'steps' },
  { using: /^docker$/i, member: 'image' },
] as const;

/** The schema's own words for these mistakes name every member of every kind of action. */
function checkRuns(file: string, text: string): void {
  const runs = membersIn(membersIn(parseYaml(file, text))['runs']);
  const using = runs['using'];
  if (typeof using !== 'string') {
    throw new ManifestProblem(`${file}: Required property is missing: runs.using`);
  }
  const kind = NEEDS.find((each) => each.using.test(using));
  if (kind === undefined) {
    throw new ManifestProblem(
      `${file}: 'using: ${using}' is not supported, use 'docker', 'composite', 'node12', 'node16', 'node20' or 'node24' instead.`,
    );
  }
  if (runs[kind.member] === undefined || runs[kind.member] === '') {
    throw new ManifestProblem(`${file}: 'using: ${using}' needs '${kind.member}' in 'runs'.`);
  }
}

const membersIn = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function parseYaml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new ManifestProblem(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readRuns(
  token: ParsedToken,
  steps: () => readonly WorkflowStep[],
): ActionManifest['runs'] {
  const members = membersOf(token);
  const text = (name: string) => textOf(members.get(name)) ?? '';
  const using = text('using').toLowerCase();
  if (using === 'composite') return { kind: 'composite', steps: steps() };
  if (using !== 'docker') {
    return { kind: 'javascript', using, main: text('main'), ...hooks(members, 'pre', 'post') };
  }
  return {
    kind: 'docker',
    image: text('image'),
    entrypoint: text('entrypoint') || null,
    args: optionalWireToken(members.get('args')),
    env: optionalWireToken(members.get('env')),
    ...hooks(members, 'pre-entrypoint', 'post-entrypoint'),
  };
}

function hooks(members: ReadonlyMap<string, ParsedToken>, pre: string, post: string): Hooks {
  return {
    pre: textOf(members.get(pre)) || null,
    preIf: textOf(members.get('pre-if')) || 'always()',
    post: textOf(members.get(post)) || null,
    postIf: textOf(members.get('post-if')) || 'always()',
  };
}
