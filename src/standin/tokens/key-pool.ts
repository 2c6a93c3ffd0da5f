import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { type KeyPair, keyOf, primesOf } from './rsa-from-primes.ts';

const generate = promisify(generateKeyPair);

export type KeyPool = ReturnType<typeof createKeyPool>;

/**
 * RSA keys for runners. To find primes takes a tenth of a second of CPU and more, which thousands of
 * registrations a minute do not have: every two of the primes found so far make another key (ADR 0008).
 * More are found in libuv's threads, one key after another, until `spare` keys lie ready.
 */
export function createKeyPool({ spare }: { readonly spare: number }) {
  const primes: bigint[] = [];
  /** Pairs `(low, high)` of the primes are used in this order: by `high`, then by `low`. */
  let [low, high] = [0, 1];
  let used = 0;
  let filling: Promise<void> | null = null;
  let stopped = false;

  const left = (): number => (primes.length * (primes.length - 1)) / 2 - used;

  async function fill(): Promise<void> {
    do {
      primes.push(...primesOf(await fresh()));
    } while (!stopped && left() < spare);
    filling = null;
  }

  function refill(): Promise<void> {
    filling ??= fill();
    return filling;
  }

  function nextPair(): KeyPair {
    const pair = keyOf(primes[low] ?? 0n, primes[high] ?? 0n);
    used += 1;
    [low, high] = low + 1 < high ? [low + 1, high] : [0, high + 1];
    return pair;
  }

  return {
    start: (): void => void refill(),
    async take(): Promise<KeyPair> {
      while (left() < 1) await refill();
      const pair = nextPair();
      if (left() < spare && !stopped) void refill();
      return pair;
    },
    /** A key that shares no prime with any other. */
    fresh,
    async stop(): Promise<void> {
      stopped = true;
      await filling;
    },
  };
}

const fresh = (): Promise<KeyPair> => generate('rsa', { modulusLength: 2048 });
