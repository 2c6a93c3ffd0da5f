import { messageOf } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/**
 * Waits for `call`, but not longer than `limitMs`; then it goes on in the background. Never throws:
 * lateness and failure are logged as `what`.
 */
export async function withinTime(
  deps: { readonly clock: Clock; readonly log: Log },
  limitMs: number,
  what: string,
  call: () => Promise<void>,
): Promise<void> {
  const done = new AbortController();
  const late = deps.clock.sleep(limitMs, done.signal).then(() => true);
  const ended = call().then(
    () => false,
    (error: unknown) => {
      deps.log.warn('task failed', { what, detail: messageOf(error) });
      return false;
    },
  );
  if (await Promise.race([ended, late])) deps.log.warn('task takes too long', { what, limitMs });
  done.abort();
}
