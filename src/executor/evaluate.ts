import {
  type Contexts,
  ExpressionFailure,
  type ExpressionFunction,
  isRecord,
  toText,
  type Value,
} from '../actions/expressions.ts';
import { evaluateToken, type TemplateToken } from '../actions/template-token.ts';
import { hashFiles } from './hash-files.ts';
import type { Scope } from './job-state.ts';

/** Every context by its name; absent ones are null (protocol D.8). */
export function contextsOf(scope: Scope, env: Readonly<Record<string, string>>): Contexts {
  const { job: state } = scope;
  const steps = Object.fromEntries(
    [...scope.steps].map(([name, { outputs, outcome, conclusion }]) => [
      name,
      {
        outputs,
        ...(outcome === undefined ? {} : { outcome }),
        ...(conclusion === undefined ? {} : { conclusion }),
      },
    ]),
  );
  const job = isRecord(state.fixed['job']) ? state.fixed['job'] : {};
  return {
    ...state.fixed,
    inputs: scope.inputs,
    github: scope.github,
    job: { ...job, ...state.jobContext, status: state.status },
    steps,
    env,
  };
}

/**
 * Runs a synchronous evaluation in which `hashFiles` may occur. The evaluator cannot wait, so a call
 * that is met for the first time ends the evaluation, its files are hashed, and all starts anew.
 */
export async function withHashFiles<T>(
  { job }: Scope,
  evaluate: (functions: readonly ExpressionFunction[]) => T,
): Promise<T> {
  const known = new Map<string, string>();
  for (;;) {
    let wanted: string[] | null = null;
    const call = (...args: Value[]): Value => {
      const patterns = args.map(toText);
      const hash = known.get(JSON.stringify(patterns));
      if (hash !== undefined) return hash;
      wanted = patterns;
      throw new ExpressionFailure('hashFiles', 'Files are not hashed yet');
    };
    try {
      return evaluate([{ name: 'hashFiles', minArgs: 1, maxArgs: 255, call }]);
    } catch (error) {
      if (wanted === null) throw error;
    }
    known.set(JSON.stringify(wanted), await hashFiles(job, wanted));
  }
}

/** Evaluates a template token with all contexts. Throws `ExpressionFailure`. */
export function evaluate(
  scope: Scope,
  token: TemplateToken | undefined,
  env: Readonly<Record<string, string>>,
): Promise<Value> {
  return withHashFiles(scope, (functions) =>
    evaluateToken(token, contextsOf(scope, env), functions),
  );
}

/** A mapping whose values are scalars, as text. Throws `ExpressionFailure` for anything else. */
export async function evaluateMapping(
  scope: Scope,
  token: TemplateToken | undefined,
  env: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const value = await evaluate(scope, token, env);
  if (value === null || value === '') return {};
  if (!isRecord(value)) throw new ExpressionFailure(toText(value), 'A mapping was expected');
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (typeof item === 'object' && item !== null) {
        throw new ExpressionFailure(key, 'A string was expected');
      }
      return [key, toText(item)];
    }),
  );
}

/** `continue-on-error`: only a boolean will do. */
export async function evaluateBoolean(
  scope: Scope,
  token: TemplateToken | undefined,
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const value = await evaluate(scope, token, env);
  if (value === null) return false;
  if (typeof value !== 'boolean')
    throw new ExpressionFailure(toText(value), 'A boolean was expected');
  return value;
}

/** `timeout-minutes`: only a number will do; 0 means none. */
export async function evaluateNumber(
  scope: Scope,
  token: TemplateToken | undefined,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const value = await evaluate(scope, token, env);
  if (value === null) return 0;
  if (typeof value !== 'number')
    throw new ExpressionFailure(toText(value), 'A number was expected');
  return value;
}
