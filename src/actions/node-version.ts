export type NodeVersion = 'node20' | 'node24';

export interface NodeChoice {
  readonly version: NodeVersion;
  /** For the step's log, when the wishes contradict each other. */
  readonly warning?: string;
}

const FORCE = 'FORCE_JAVASCRIPT_ACTIONS_TO_NODE24';
const ALLOW = 'ACTIONS_ALLOW_USE_UNSECURE_NODE_VERSION';

const isOn = (text: string | undefined): boolean => (text ?? '').trim().toLowerCase() === 'true';

/**
 * The runtime of a JavaScript action (protocol F.3): what is older than node20 runs on node20, and
 * that itself on node24 where the server or the workflow's `env` says so.
 *
 * `variable` reads a variable of the job message; `env` is the `env` context of the step.
 */
export function chooseNode(
  using: string,
  variable: (name: string) => string,
  env: Readonly<Record<string, string>>,
): NodeChoice {
  if (using.toLowerCase() === 'node24') return { version: 'node24' };
  if (isOn(variable('actions.runner.requirenode24'))) return { version: 'node24' };
  const byDefault: NodeVersion = isOn(variable('actions.runner.usenode24bydefault'))
    ? 'node24'
    : 'node20';
  const force = isOn(env[FORCE]);
  const allow = isOn(env[ALLOW]);
  if (force && allow) {
    const warning = `Both ${FORCE} and ${ALLOW} are set; neither counts, and ${byDefault} is used.`;
    return { version: byDefault, warning };
  }
  if (force) return { version: 'node24' };
  return { version: allow ? 'node20' : byDefault };
}
