import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const EXPONENT = 65_537n;

const toNumber = (base64url: string | undefined): bigint =>
  BigInt(`0x${Buffer.from(base64url ?? '', 'base64url').toString('hex') || '0'}`);

function toText(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}

/** The number whose product with `value` leaves 1 (extended Euclid). */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r, nextR] = [modulus, value % modulus];
  let [t, nextT] = [0n, 1n];
  while (nextR !== 0n) {
    const quotient = r / nextR;
    [r, nextR] = [nextR, r - quotient * nextR];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  return t < 0n ? t + modulus : t;
}

/** The two primes of a key. */
export function primesOf({ privateKey }: KeyPair): readonly [bigint, bigint] {
  const { p, q } = privateKey.export({ format: 'jwk' });
  return [toNumber(p), toNumber(q)];
}

/** A key of two primes that were made for keys with the exponent 65537. */
export function keyOf(one: bigint, other: bigint): KeyPair {
  const [p, q] = one > other ? [one, other] : [other, one];
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const members = {
    ...{ n: p * q, e: EXPONENT, d, p, q },
    ...{ dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) },
  };
  const texts = Object.entries(members).map(([name, value]) => [name, toText(value)]);
  const key = { kty: 'RSA', ...Object.fromEntries(texts) };
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
