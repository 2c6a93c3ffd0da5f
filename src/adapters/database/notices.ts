import pg from 'pg';
import { messageOf } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

/**
 * Listens on one NOTIFY channel over a connection of its own and makes it again when it breaks.
 *
 * Nothing can be missed: a notice that comes while nobody waits ends the next wait at once, and so
 * does every new connection, since the old one may have swallowed notices.
 */
export class Notices implements AsyncDisposable {
  readonly #url: string;
  readonly #channel: string;
  readonly #log: Log;
  readonly #waiters = new Set<() => void>();
  #pending = true;
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #delayMs = FIRST_RETRY_MS;
  #closed = false;
  #connecting: Promise<void> = Promise.resolve();

  constructor(url: string, channel: string, log: Log) {
    this.#url = url;
    this.#channel = channel;
    this.#log = log;
  }

  start(): void {
    if (!this.#closed) this.#connecting = this.#connect();
  }

  /** Resolves on a notice, after `ms`, or when aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#pending || signal.aborted) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiters.delete(wake);
        resolve();
      };
      const wake = () => {
        this.#pending = false;
        done();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.#waiters.add(wake);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#wakeAll();
    await this.#connecting;
    await this.#client?.end().catch(() => undefined);
  }

  #wakeAll(): void {
    this.#pending = true;
    for (const wake of [...this.#waiters]) wake();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      application_name: 'runnerhub listener',
    });
    client.on('notification', () => this.#wakeAll());
    client.on('error', (error) => this.#lost(client, error));
    client.on('end', () => this.#lost(client, new Error('connection ended')));
    this.#client = client;
    try {
      await client.connect();
      await client.query(`listen ${client.escapeIdentifier(this.#channel)}`);
      this.#delayMs = FIRST_RETRY_MS;
      this.#wakeAll();
    } catch (error) {
      this.#lost(client, error);
    }
  }

  #lost(client: pg.Client, error: unknown): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = undefined;
    // Once per outage: the first retry is also the first line.
    if (this.#delayMs === FIRST_RETRY_MS) {
      this.#log.warn('database notices lost, polling instead', { error: messageOf(error) });
    }
    client.end().catch(() => undefined);
    this.#retry = setTimeout(() => this.start(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LAST_RETRY_MS);
  }
}
