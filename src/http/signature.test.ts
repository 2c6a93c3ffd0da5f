import { describe, expect, it } from 'vitest';
import { Secret } from '../domain/secret.ts';
import { isSigned, signatureOf } from './signature.ts';

const secret = new Secret("It's a Secret to Everybody");
const body = Buffer.from('Hello, World!');

describe('isSigned', () => {
  it('agrees with the example that GitHub documents', () => {
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(signatureOf(secret, body)).toBe(signature);
    expect(isSigned(secret, body, signature)).toBe(true);
  });

  it('refuses everything else', () => {
    const right = signatureOf(secret, body);
    const wrong = [undefined, '', 'sha256=', right.toUpperCase(), right.slice(0, -1), `${right}0`];
    for (const signature of wrong) expect(isSigned(secret, body, signature)).toBe(false);
    expect(isSigned(secret, Buffer.from('Hello, World?'), right)).toBe(false);
    expect(isSigned(new Secret('other'), body, right)).toBe(false);
  });
});
