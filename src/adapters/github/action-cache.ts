import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import { SharedWork } from './shared-work.ts';

export interface ActionCacheDeps {
  /** Of this hub alone. */
  readonly folder: string;
  readonly maxBytes: number;
  readonly clock: Clock;
}

/** Writes the content of an entry to a file, which is there already. */
export type FillEntry = (file: string, signal: AbortSignal) => Promise<void>;

const WHOLE = '.tar';
const PART = '.part';

/**
 * Archives of actions on the hub's disk. An entry appears under its name only when it is whole, so a
 * hub that is killed leaves nothing but parts, which the next one removes. Beyond `maxBytes` the
 * entries go that were not used for the longest time.
 */
export class ActionCache {
  readonly #deps: ActionCacheDeps;
  readonly #filling = new SharedWork();
  #ready: Promise<void> | undefined;

  constructor(deps: ActionCacheDeps) {
    this.#deps = deps;
  }

  /** The entry, filled first where it is not there; one filling at a time for each name. */
  async read(name: string, fill: FillEntry, signal: AbortSignal): Promise<Readable> {
    this.#ready ??= this.#prepare().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    await this.#ready;
    for (;;) {
      const found = await this.#open(name);
      if (found !== null) return found;
      await this.#filling.run(name, signal, (stop) => this.#fill(name, fill, stop));
    }
  }

  async #prepare(): Promise<void> {
    const { folder } = this.#deps;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const file of await readdir(folder)) {
      if (file.endsWith(PART)) await rm(path.join(folder, file), { force: true });
    }
  }

  async #open(name: string): Promise<Readable | null> {
    const { folder, clock } = this.#deps;
    const file = path.join(folder, `${name}${WHOLE}`);
    try {
      // Once it is open, its removal does no harm.
      const handle = await open(file, 'r');
      const now = new Date(clock.now());
      await utimes(file, now, now).catch(() => undefined);
      return handle.createReadStream();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  async #fill(name: string, fill: FillEntry, signal: AbortSignal): Promise<void> {
    const part = path.join(this.#deps.folder, `${randomBytes(8).toString('hex')}${PART}`);
    try {
      await using handle = await open(part, 'wx', 0o600);
      await fill(part, signal);
      await handle.sync();
      await rename(part, path.join(this.#deps.folder, `${name}${WHOLE}`));
    } finally {
      await rm(part, { force: true });
    }
    await this.#evict(`${name}${WHOLE}`);
  }

  async #evict(kept: string): Promise<void> {
    const { folder, maxBytes } = this.#deps;
    const files = (await readdir(folder)).filter((file) => file.endsWith(WHOLE));
    const entries = await Promise.all(
      files.map(async (file) => {
        // Gone already: another filling has ended at the same time.
        const facts = await stat(path.join(folder, file)).catch(() => null);
        return { file, size: facts?.size ?? 0, usedAt: facts?.mtimeMs ?? 0 };
      }),
    );
    let bytes = entries.reduce((sum, { size }) => sum + size, 0);
    entries.sort((a, b) => a.usedAt - b.usedAt);
    for (const { file, size } of entries) {
      if (bytes <= maxBytes) return;
      if (file === kept) continue;
      await rm(path.join(folder, file), { force: true });
      bytes -= size;
    }
  }
}
