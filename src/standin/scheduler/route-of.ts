import type { Job } from '../state/model.ts';
import { workflowRef } from './contexts.ts';

/** Jobs with the same key go to the same runners: where one finds none, the next finds none. */
export const routeOf = (job: Job): string =>
  JSON.stringify([
    job.run.repository.id,
    job.scaleSetId,
    job.leg.group,
    job.leg.labels,
    workflowRef(job.group.scope),
  ]);
