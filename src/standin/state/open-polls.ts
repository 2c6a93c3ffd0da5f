import type { Runner } from './model.ts';

/**
 * The sleep of each session's open poll. Beside the state, not in it: a poll belongs to a connection
 * of this process, and the state may come from a disk.
 */
const sleeps = new WeakMap<object, AbortController>();

/** Whether a poll of this session is open and waits. */
export const isPolling = (session: object): boolean => sleeps.has(session);

/** Ends the sleep of a session's open poll, so that it looks again at what there is for it. */
export const wakeSession = (session: object | null): void => {
  if (session !== null) sleeps.get(session)?.abort();
};

export const wake = ({ session }: Runner): void => wakeSession(session);

/** Lets the sleep that `controller` guards be ended, until the function that this returns is called. */
export function waitIn(session: object, controller: AbortController): () => void {
  sleeps.set(session, controller);
  return () => {
    if (sleeps.get(session) === controller) sleeps.delete(session);
  };
}
