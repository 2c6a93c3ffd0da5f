import type { ConcurrencyWish } from './concurrency-queue.ts';
import { type Contexts, isTruthy, toText } from './expressions.ts';
import { evaluateToken, keyText, pairsOf, type TemplateToken } from './template-token.ts';

/**
 * What a `concurrency` key asks for; null without one, and where the group's name comes out empty.
 * Throws `ExpressionFailure`.
 */
export function readConcurrency(
  token: TemplateToken | undefined,
  contexts: Contexts,
): ConcurrencyWish | null {
  if (token === undefined || token === null) return null;
  const members = new Map(pairsOf(token).map(({ Key, Value }) => [keyText(Key), Value]));
  const value = (name: string) => evaluateToken(members.get(name), contexts);
  const group = toText(members.size === 0 ? evaluateToken(token, contexts) : value('group'));
  if (group === '') return null;
  return {
    group,
    cancelInProgress: isTruthy(value('cancel-in-progress')),
    queue: value('queue') === 'max' ? 'max' : 'single',
  };
}
