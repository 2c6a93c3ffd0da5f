import type { JobId } from '../domain/ids.ts';

/**
 * What changed, for people who watch. Clients refetch the truth; an event may be lost. The text of
 * lines is decoded when it is read, which has to be before the listener returns.
 */
export type LiveEvent =
  | { readonly kind: 'job'; readonly job: JobId }
  | { readonly kind: 'step'; readonly job: JobId; readonly number: number }
  | { readonly kind: 'lines'; readonly job: JobId; readonly step: number; readonly text: string }
  | { readonly kind: 'pool'; readonly pool: string };

export interface LiveEvents {
  /** Never throws and never waits. */
  publish(event: LiveEvent): void;
  subscribe(listener: (event: LiveEvent) => void): Disposable;
}
