import { createHash, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import sodium from 'libsodium-wrappers';

const KEY = 'secrets';

export type SealedSecrets = ReturnType<typeof createSealedSecrets>;

/**
 * Opens secrets that clients have sealed (libsodium's sealed boxes, as GitHub's documentation of secrets
 * asks for). The pair of keys is made when it is first needed, and kept in `keys`.
 */
export function createSealedSecrets(keys: Map<string, JsonWebKey>) {
  function pair() {
    const known =
      keys.get(KEY) ?? generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
    keys.set(KEY, known);
    return {
      publicKey: Buffer.from(known.x ?? '', 'base64url'),
      privateKey: Buffer.from(known.d ?? '', 'base64url'),
    };
  }

  /** Eighteen digits that stand for a public key. */
  const idOf = (publicKey: Buffer): string =>
    createHash('sha256').update(publicKey).digest().readBigUInt64BE().toString().slice(0, 18);

  return {
    publicKey() {
      const { publicKey } = pair();
      return { key_id: idOf(publicKey), key: publicKey.toString('base64') };
    },
    /** The secret in a box; null for a box that is not for this key, or broken. */
    async open(box: string, keyId: string): Promise<string | null> {
      await sodium.ready;
      const { publicKey, privateKey } = pair();
      if (keyId !== idOf(publicKey)) return null;
      try {
        const opened = sodium.crypto_box_seal_open(
          Buffer.from(box, 'base64'),
          publicKey,
          privateKey,
        );
        return Buffer.from(opened).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
