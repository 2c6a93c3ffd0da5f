import {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
} from '@actions/workflow-parser';
import { ensureStatusFunction } from '@actions/workflow-parser/model/converter/if-condition';
import type { BasicExpressionToken } from '@actions/workflow-parser/templates/tokens/basic-expression-token';
import type { TemplateToken as ParsedToken } from '@actions/workflow-parser/templates/tokens/template-token';
import { mixedExpression } from './mixed-text.ts';
import type { TemplateToken } from './template-token.ts';
import type { Position } from './workflow-model.ts';

export type { ParsedToken };

interface Origin {
  readonly file?: number;
  readonly line?: number;
  readonly col?: number;
}

/**
 * A parsed token in the object form that the job message carries (protocol D.3), with its place in
 * the file so that the runner can name it in its errors.
 */
function wireToken(token: ParsedToken): TemplateToken {
  const origin = originOf(token);
  if (isSequence(token)) return sequenceToken(token, origin);
  if (isMapping(token)) {
    const map = [...token].map(({ key, value }) => ({
      Key: wireToken(key),
      Value: wireToken(value),
    }));
    return Object.assign({ type: 2 as const, map }, origin);
  }
  if (isString(token)) return Object.assign({ type: 0 as const, lit: token.value }, origin);
  if (isBoolean(token)) return Object.assign({ type: 5 as const, bool: token.value }, origin);
  if (isNumber(token)) return Object.assign({ type: 6 as const, num: token.value }, origin);
  if (isBasicExpression(token)) {
    return Object.assign({ type: 3 as const, expr: expressionOf(token) }, origin);
  }
  if (token.isExpression) return Object.assign({ type: 4 as const, directive: 'insert' }, origin);
  return Object.assign({ type: 7 as const }, origin);
}

/** The package's own expression, but for scalars over several lines (see `mixed-text`). */
function expressionOf(token: BasicExpressionToken): string {
  const { source, blockScalarHeader: header } = token;
  if (source === undefined || (header === undefined && !source.includes('\n')))
    return token.expression;
  return mixedExpression({ source, header });
}

function sequenceToken(token: Iterable<ParsedToken>, origin: Origin): TemplateToken {
  return Object.assign({ type: 1 as const, seq: [...token].map(wireToken) }, origin);
}

const originOf = (token: ParsedToken): Origin => ({
  ...(token.file === undefined ? {} : { file: token.file }),
  ...(token.line === undefined ? {} : { line: token.line }),
  ...(token.col === undefined ? {} : { col: token.col }),
});

/**
 * The condition of a step or job: the package's own, but for an `if` with `${{ }}` over several lines,
 * which it reads wrongly as it does all such scalars.
 */
export function conditionText(own: string, token: ParsedToken | undefined): string {
  if (token === undefined || !isBasicExpression(token)) return own;
  return ensureStatusFunction(expressionOf(token), token.definitionInfo);
}

export const positionOf = (token: ParsedToken | undefined): Position => ({
  line: token?.line ?? 1,
  column: token?.col ?? 1,
});

/** The members of a mapping by their literal key; anything else has none. */
export function membersOf(token: ParsedToken | undefined): ReadonlyMap<string, ParsedToken> {
  if (token === undefined || !isMapping(token)) return new Map();
  return new Map([...token].map(({ key, value }) => [String(key), value]));
}

/** The items of a sequence; a lone scalar counts as a sequence of one. */
export function itemsOf(token: ParsedToken | undefined): readonly ParsedToken[] {
  if (token === undefined) return [];
  return isSequence(token) ? [...token] : [token];
}

export const textOf = (token: ParsedToken | undefined): string | undefined =>
  token !== undefined && isString(token) ? token.value : undefined;

export const optionalWireToken = (token: ParsedToken | undefined): TemplateToken | undefined =>
  token === undefined ? undefined : wireToken(token);
