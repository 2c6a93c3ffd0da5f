import type { HostName } from '../domain/ids.ts';
import { creationBackOffMs } from '../domain/pool.ts';

interface Rest {
  readonly failures: number;
  readonly until: number;
  readonly why: string;
}

/** Where a pool has failed to make containers lately: it rests there, longer each time. */
export class PoolRests {
  readonly #rests = new Map<HostName, Rest>();

  /** Answers how many failures there were in a row. */
  failed(host: HostName, why: string, now: number): number {
    const failures = (this.#rests.get(host)?.failures ?? 0) + 1;
    this.#rests.set(host, { failures, until: now + creationBackOffMs(failures), why });
    return failures;
  }

  /** How long until the first rest is over; 0 where there is none. */
  leftMs(now: number): number {
    const ends = [...this.#rests.values()].map(({ until }) => until).filter((until) => until > now);
    return ends.length === 0 ? 0 : Math.min(...ends) - now;
  }

  /** Answers after how many failures in a row. */
  worked(host: HostName): number {
    const failures = this.#rests.get(host)?.failures ?? 0;
    this.#rests.delete(host);
    return failures;
  }

  /** Where the pool rests now, and why. */
  at(now: number): ReadonlyMap<HostName, string> {
    const resting = [...this.#rests].filter(([, { until }]) => until > now);
    return new Map(resting.map(([host, { why }]) => [host, why]));
  }
}
