/** Work that waits now and then: it yields what it waits for and gets the outcome back. */
export type Work<T> = Generator<Promise<unknown>, T, unknown>;

/**
 * Does work at once as far as it goes; returns a promise only when it had to wait. Output comes in
 * millions of lines of which hardly any waits, and an `await` for each would cost more than all else.
 */
export function drive(work: Work<void>): void | Promise<void> {
  const first = work.next();
  if (!first.done) return goOn(work, first.value);
}

async function goOn(work: Work<void>, waited: Promise<unknown>): Promise<void> {
  for (let next = work.next(await waited); !next.done; ) next = work.next(await next.value);
}

/** Inside work: the value, waited for where it is a promise. */
export function* settle<T>(value: T | Promise<T>): Work<T> {
  return value instanceof Promise ? ((yield value) as T) : value;
}
