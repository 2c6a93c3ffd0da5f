import { randomInt } from 'node:crypto';
import type { StandinClock } from '../dependencies.ts';
import type { RegistrationToken } from '../state/runner-parts.ts';
import type { Store } from '../state/store.ts';

const VALID_MS = 3_600_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export type RegistrationTokens = ReturnType<typeof createRegistrationTokens>;

/** Tokens that let their holder register or remove runners of one scope, for an hour (protocol A.1). */
export function createRegistrationTokens(store: Store, clock: StandinClock) {
  const { registrationTokens: tokens } = store;

  return {
    issue(kind: RegistrationToken['kind'], scope: string): RegistrationToken {
      for (const [text, { expiresAt }] of tokens) if (expiresAt <= clock.now()) tokens.delete(text);
      const token = { text: newText(), kind, scope, expiresAt: clock.now() + VALID_MS };
      tokens.set(token.text, token);
      return token;
    },
    /** What a token stands for; null when it is unknown or has expired. */
    find(text: string | null): RegistrationToken | null {
      const token = text === null ? undefined : tokens.get(text);
      return token === undefined || token.expiresAt <= clock.now() ? null : token;
    },
  };
}

/** In GitHub's form: 29 characters that a person can type, the first one an A. */
const newText = (): string =>
  `A${Array.from({ length: 28 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`;
