import { type Contexts, toText } from './expressions.ts';
import { evaluateToken, keyText, pairsOf, type TemplateToken } from './template-token.ts';

/** The deployment environment of a job; its url is evaluated by the runner, after the steps. */
export interface JobEnvironment {
  readonly name: string;
  readonly url: TemplateToken;
  /** Whether a deployment is recorded; the job waits for the environment's rules all the same. */
  readonly deployment: boolean;
}

/** `environment` as a name, or as a mapping with `name`, `url` and `deployment`. */
export function environmentOf(
  token: TemplateToken | undefined,
  contexts: Contexts,
): JobEnvironment | null {
  if (token === undefined || token === null) return null;
  const members = new Map(pairsOf(token).map(({ Key, Value }) => [keyText(Key), Value]));
  const name = members.size === 0 ? token : members.get('name');
  const text = toText(evaluateToken(name, contexts));
  if (text === '') return null;
  const deployment = evaluateToken(members.get('deployment'), contexts) !== false;
  return { name: text, url: members.get('url') ?? null, deployment };
}
