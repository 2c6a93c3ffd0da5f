import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = promisify(generateKeyPair);

export type KeyPool = ReturnType<typeof createKeyPool>;

/**
 * A stock of RSA keys: making one takes a tenth of a second of CPU and more, and a registration should
 * not wait for it. Keys are made one after another, in libuv's threads, until `size` lie ready.
 */
export function createKeyPool({ size }: { readonly size: number }) {
  const ready: KeyPair[] = [];
  let filling: Promise<void> | null = null;
  let stopped = false;

  async function fill(): Promise<void> {
    while (!stopped && ready.length < size) ready.push(await create());
    filling = null;
  }

  const refill = (): void => {
    filling ??= fill();
  };

  return {
    start: refill,
    async take(): Promise<KeyPair> {
      const key = ready.shift();
      refill();
      return key ?? (await create());
    },
    async stop(): Promise<void> {
      stopped = true;
      await filling;
    },
  };
}

const create = (): Promise<KeyPair> => generate('rsa', { modulusLength: 2048 });
