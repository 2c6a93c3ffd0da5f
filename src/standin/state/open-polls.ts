import type { Runner, Session } from './model.ts';

/**
 * The sleep of each session's open poll. Beside the state, not in it: a poll belongs to a connection
 * of this process, and the state may come from a disk.
 */
const sleeps = new WeakMap<Session, AbortController>();

/** Whether a poll of this session is open and waits. */
export const isPolling = (session: Session): boolean => sleeps.has(session);

/** Ends the sleep of a runner's open poll, so that it looks again at what there is for it. */
export function wake({ session }: Runner): void {
  if (session !== null) sleeps.get(session)?.abort();
}

/** Lets `wake` end the sleep that `controller` guards, until the function that this returns is called. */
export function waitIn(session: Session, controller: AbortController): () => void {
  sleeps.set(session, controller);
  return () => {
    if (sleeps.get(session) === controller) sleeps.delete(session);
  };
}
