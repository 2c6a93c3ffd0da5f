import type { JsonWebKey } from 'node:crypto';

const base64url = (text: string): string => Buffer.from(text, 'base64').toString('base64url');

/** An RSA key from its numbers in standard base64, big-endian. */
export const rsaPublicKey = (modulus: string, exponent: string): JsonWebKey => ({
  kty: 'RSA',
  n: base64url(modulus),
  e: base64url(exponent),
});

/** An RSA key as .NET writes one in XML; null when it is none (protocol A.3). */
export function publicKeyOfXml(xml: string): JsonWebKey | null {
  const member = (name: string): string =>
    new RegExp(`<${name}>([A-Za-z0-9+/=\\s]+)</${name}>`).exec(xml)?.[1] ?? '';
  const [modulus, exponent] = [member('Modulus'), member('Exponent')];
  return modulus === '' || exponent === '' ? null : rsaPublicKey(modulus, exponent);
}
