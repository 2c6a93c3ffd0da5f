import { type JsonWebKey, randomBytes } from 'node:crypto';

const BYTES = 32;

/**
 * The secret of a use, for HMACs: made when it is needed first, and the same from then on, also after a
 * restart where the state is kept.
 */
export const secretOf =
  (keys: Map<string, JsonWebKey>, use: string): (() => Buffer) =>
  () => {
    const known = keys.get(use)?.k;
    if (known !== undefined) return Buffer.from(known, 'base64url');
    const made = randomBytes(BYTES);
    keys.set(use, { kty: 'oct', k: made.toString('base64url') });
    return made;
  };
