import type { Address } from '../dependencies.ts';
import type { Job } from '../state/model.ts';

/** The real service has many of them; jobs are spread over as many paths here. */
const COUNT = 200;

/** Where a job is acquired, renewed and completed; with a slash at the end, as clients append. */
export const runServiceUrl = (address: Address, { id }: Job): string =>
  `${address.url()}/run/${(id % COUNT) + 1}/`;
