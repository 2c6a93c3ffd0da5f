/** Polls until `probe` answers something that is not undefined, null or false; then answers that. */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  what: string,
  timeoutMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const until = Date.now() + timeoutMs;
  for (let last: unknown; ; ) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) {
        return value as NonNullable<Exclude<T, false>>;
      }
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until) {
      throw new Error(`${what}: not within ${timeoutMs} ms; last seen: ${String(last)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
