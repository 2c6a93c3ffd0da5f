import { AppError, messageOf } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { UnitHost } from '../ports/job-containers.ts';
import type { Log } from '../ports/log.ts';

export interface JobDiskDeps {
  readonly clock: Clock;
  readonly log: Log;
}

const FIRST_WAIT_MS = 3_000;
const LAST_WAIT_MS = 60_000;
/** Measuring may take this part of the time: many files take long to count. */
const SHARE = 0.05;
const MIB = 1024 * 1024;

/**
 * Aborted, with a reason for people, when the job has written more to the disk than its pool allows;
 * never where the pool sets no limit. It measures every few seconds, less often where that takes long,
 * until it is disposed.
 */
export function watchDisk(
  { clock, log }: JobDiskDeps,
  { disk }: UnitHost,
): Disposable & { readonly full: AbortSignal } {
  const ended = new AbortController();
  const full = new AbortController();
  const watch = async (): Promise<void> => {
    for (let waitMs = FIRST_WAIT_MS; disk !== undefined; ) {
      await clock.sleep(waitMs, ended.signal);
      if (ended.signal.aborted) return;
      const before = clock.now();
      const used = await disk.used();
      if (used > disk.limitBytes) {
        full.abort(new AppError('limit-exceeded', sentence(used, disk.limitBytes)));
        return;
      }
      const took = (clock.now() - before) / SHARE;
      waitMs = Math.min(LAST_WAIT_MS, Math.max(FIRST_WAIT_MS, took));
    }
  };
  watch().catch((error: unknown) => {
    // The container or its engine is gone: the job's own business, and told there.
    log.debug('disk use not measured', { detail: messageOf(error) });
  });
  return { full: full.signal, [Symbol.dispose]: () => ended.abort() };
}

const sentence = (used: number, limit: number): string =>
  `The job was ended: it had written ${Math.ceil(used / MIB)} MiB to the disk, and its pool allows ${limit / MIB} MiB (diskMb).`;
