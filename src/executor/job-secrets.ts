import type { SecretMasker } from '../actions/secret-masker.ts';
import { base64 } from '../actions/value-encoders.ts';
import type { JobMessage } from '../contract/runner-protocol.ts';

const NOT_MASKED = new Set(['ACTIONS_STEP_DEBUG', 'ACTIONS_RUNNER_DEBUG']);
const NOT_IN_CONTEXT = new Set(['system.accesstoken', 'system.github.token']);

type Variables = JobMessage['variables'];

function secretVariables(variables: Variables): [name: string, value: string][] {
  return Object.entries(variables)
    .filter(([, { isSecret, value }]) => isSecret === true && value)
    .map(([name, { value }]) => [name, value ?? '']);
}

/**
 * Teaches a masker everything that the message says is secret (protocol G.11). Throws when a mask is
 * a regular expression that cannot be used here: running on would risk printing a secret.
 */
export function maskMessage(masker: SecretMasker, message: JobMessage): void {
  for (const [name, value] of secretVariables(message.variables)) {
    if (!NOT_MASKED.has(name.toUpperCase())) masker.addSecret(value);
  }
  for (const { type, value } of message.mask) {
    if (type.toLowerCase() === 'regex') masker.addRegex(value);
    else masker.addSecret(message.variables[value]?.value ?? '');
  }
  for (const { authorization } of message.resources.endpoints) {
    for (const value of Object.values(authorization?.parameters ?? {})) masker.addSecret(value);
  }
  const token = message.variables['system.github.token']?.value ?? '';
  if (token !== '') masker.addValue(base64(new TextEncoder().encode(`x-access-token:${token}`)));
}

/** The `secrets` context (protocol D.6); `github_token` is its `GITHUB_TOKEN`. */
export function secretsContext(variables: Variables): Record<string, string> {
  const entries = secretVariables(variables)
    .filter(([name]) => !NOT_IN_CONTEXT.has(name.toLowerCase()))
    .map(([name, value]) => [name.toLowerCase() === 'github_token' ? 'GITHUB_TOKEN' : name, value]);
  return Object.fromEntries(entries);
}
