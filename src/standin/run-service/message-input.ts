import type { Address } from '../dependencies.ts';
import type { Job } from '../state/model.ts';

/** What a job message is made of. */
export interface MessageInput {
  readonly job: Job;
  readonly accessToken: string;
  readonly address: Address;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: ReadonlyMap<string, string>;
}
