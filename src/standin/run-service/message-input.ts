import type { Job } from '../state/model.ts';

/** What a job message is made of. */
export interface MessageInput {
  readonly job: Job;
  readonly accessToken: string;
  readonly url: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: ReadonlyMap<string, string>;
}
