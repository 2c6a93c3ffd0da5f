import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../domain/secret.ts';

/** `X-Hub-Signature-256` of a body (protocol I.2). */
export const signatureOf = (secret: Secret, body: Uint8Array): string =>
  `sha256=${createHmac('sha256', secret.reveal()).update(body).digest('hex')}`;

/** Compares in constant time, over the raw bytes of the body. */
export function isSigned(secret: Secret, body: Uint8Array, signature: string | undefined): boolean {
  const expected = Buffer.from(signatureOf(secret, body));
  const given = Buffer.from(signature ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
