import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';

/** A log that grows is asked for again at once; one that does not must not hold a descriptor. */
const KEEP_OPEN_MS = 500;

/** A file that only grows: one append at a time, kept open between those that follow one another. */
export class AppendFile {
  readonly #path: string;
  readonly #onClosed: () => void;
  #tail: Promise<void> = Promise.resolve();
  #handle: FileHandle | null = null;
  #waiting = 0;
  #idle: NodeJS.Timeout | undefined;

  /** `onClosed` hears that nothing is open or under way any more, so that this may be forgotten. */
  constructor(file: string, onClosed: () => void) {
    this.#path = file;
    this.#onClosed = onClosed;
  }

  append(bytes: Uint8Array): Promise<void> {
    clearTimeout(this.#idle);
    this.#waiting += 1;
    const appended = this.#tail.then(() => this.#write(bytes));
    this.#tail = appended.catch(() => undefined).then(() => this.#rest());
    return appended;
  }

  /** Resolves when every append so far has ended. */
  settled(): Promise<void> {
    return this.#tail;
  }

  /** After what is under way; whoever appends later opens it again. */
  close(): Promise<void> {
    clearTimeout(this.#idle);
    this.#tail = this.#tail.then(() => this.#closeHandle());
    return this.#tail;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#handle ??= await openToAppend(this.#path);
    try {
      await this.#handle.appendFile(bytes);
    } catch (error) {
      await this.#closeHandle();
      throw error;
    }
  }

  #rest(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    this.#idle = setTimeout(() => {
      void this.close().then(() => {
        if (this.#waiting === 0) this.#onClosed();
      });
    }, KEEP_OPEN_MS);
    this.#idle.unref();
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch(() => undefined);
  }
}

async function openToAppend(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'a', 0o600);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    return open(file, 'a', 0o600);
  }
}
