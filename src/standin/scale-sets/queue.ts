import type { ScaleSet, ScaleSetEvent, ScaleSetMessage } from '../state/scale-set-model.ts';

/** A message tells no more than this; what is left comes with the next one. */
const MAX_EVENTS = 50;

/**
 * The message for a poll that has seen those up to `lastMessageId`: the oldest later one that was not
 * deleted, or a new one of what has happened since. Null when there is nothing to tell. Available jobs
 * are told only as far as the set, with `assigned` jobs already, can take more (protocol H.2).
 */
export function nextMessage(
  set: ScaleSet,
  lastMessageId: number,
  assigned: number,
): ScaleSetMessage | null {
  const again = set.messages.find(({ id }) => id > lastMessageId);
  if (again !== undefined) return again;
  const events = tellable(set, assigned);
  if (events.length === 0) return null;
  const message = { id: Math.max(set.lastMessageId, lastMessageId) + 1, events };
  set.lastMessageId = message.id;
  set.messages = [...set.messages, message];
  set.events = set.events.filter((event) => !events.includes(event));
  return message;
}

function tellable({ events, capacity }: ScaleSet, assigned: number): readonly ScaleSetEvent[] {
  let room = (capacity ?? Number.POSITIVE_INFINITY) - assigned;
  const told = events.filter(({ messageType }) => messageType !== 'JobAvailable' || room-- > 0);
  return told.slice(0, MAX_EVENTS);
}

/** Whether there was such a message. */
export function deleteMessage(set: ScaleSet, id: number): boolean {
  const left = set.messages.filter((message) => message.id !== id);
  const found = left.length < set.messages.length;
  set.messages = left;
  return found;
}

/** Whether a set hears, or has yet to hear, that a job is available. */
export const isAnnounced = ({ events, messages }: ScaleSet, jobId: number): boolean =>
  [...events, ...messages.flatMap((message) => message.events)].some(
    (event) => event.jobId === jobId && event.messageType === 'JobAvailable',
  );

/** Takes back what was not told yet. */
export function forgetAvailable(set: ScaleSet, jobId: number): void {
  set.events = set.events.filter(
    (event) => event.jobId !== jobId || event.messageType !== 'JobAvailable',
  );
}
