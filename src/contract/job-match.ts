import { z } from 'zod';
import { setting } from './setting.ts';

const text = z.string().min(1).max(300);
/** One or several, always read as several. */
const oneOrMore = z
  .union([text, z.array(text).min(1).max(100)])
  .transform((value) => (typeof value === 'string' ? [value] : value));

export const repositoryPatterns = z.array(text).max(1000);

/** What a rule asks of a job; every part that is there must fit. */
export const jobMatch = z.strictObject({
  repository: setting(oneOrMore.optional(), {
    description: '`owner/name`, `*` stands for anything; one or a list.',
  }),
  workflow: setting(oneOrMore.optional(), { description: 'Name of the workflow, alike.' }),
  job: setting(oneOrMore.optional(), { description: 'Name of the job, alike.' }),
  branch: setting(oneOrMore.optional(), { description: 'Branch of the run, alike.' }),
  event: setting(oneOrMore.optional(), {
    description: 'Event of the run, such as `pull_request`, alike; the run is looked up for it.',
  }),
  labels: setting(oneOrMore.optional(), {
    description: 'Labels that must all be in `runs-on`; one or a list.',
  }),
});
