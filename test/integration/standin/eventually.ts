/** Asks again until the answer is not undefined; fails with what was seen last. */
export async function eventually<Result>(
  what: string,
  look: () => Promise<Result | undefined> | Result | undefined,
  timeoutMs = 10_000,
): Promise<Result> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
