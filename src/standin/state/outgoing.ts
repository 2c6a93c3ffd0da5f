import type { Message } from '../webhooks/deliver.ts';
import type { Delivery } from './hooks.ts';

/** A webhook that has not been sent yet; part of the state, so that a restart sends it. */
export interface Outgoing {
  readonly id: number;
  readonly hookId: number;
  readonly message: Message;
  readonly again: Delivery | null;
  /** It waits until another one of its hook has overtaken it. */
  readonly isHeld: boolean;
}
