import { type Contexts, toText } from '../../actions/expressions.ts';
import {
  evaluateToken,
  keyText,
  pairsOf,
  type TemplateToken,
} from '../../actions/template-token.ts';

/** The deployment environment of a job; its url is evaluated by the runner, after the steps. */
export interface Environment {
  readonly name: string;
  readonly url: TemplateToken;
}

/** `environment` as a name, or as a mapping with `name` and `url`. */
export function environmentOf(
  token: TemplateToken | undefined,
  contexts: Contexts,
): Environment | null {
  if (token === undefined || token === null) return null;
  const members = new Map(pairsOf(token).map(({ Key, Value }) => [keyText(Key), Value]));
  const name = members.size === 0 ? token : members.get('name');
  return { name: toText(evaluateToken(name, contexts)), url: members.get('url') ?? null };
}
