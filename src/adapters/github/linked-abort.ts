/** A signal that follows an outer one and a time limit, and that leaves no listener behind. */
export interface LinkedAbort extends Disposable {
  readonly signal: AbortSignal;
  readonly timedOut: () => boolean;
}

/** `AbortSignal.any` keeps its sources alive with a long-lived outer signal, hence this. */
export function linkAbort(outer: AbortSignal | undefined, timeoutMs: number): LinkedAbort {
  const controller = new AbortController();
  let late = false;
  const onOuter = (): void => controller.abort();
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, timeoutMs);
  if (outer?.aborted) controller.abort();
  outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    timedOut: () => late,
    [Symbol.dispose](): void {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onOuter);
    },
  };
}
