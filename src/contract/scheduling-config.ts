import { z } from 'zod';
import { jobMatch, repositoryPatterns } from './job-match.ts';
import { setting } from './setting.ts';

const name = z.string().min(1).max(100);

/** Section `priorities`. */
export const priorities = z
  .strictObject({
    ageMinutes: setting(z.number().positive().max(10_080).default(10), {
      env: 'RUNNERHUB_PRIORITY_AGE_MINUTES',
      description: 'Waiting for so long is worth one step of priority, so that nothing starves.',
    }),
    rules: z
      .array(z.strictObject({ match: jobMatch, priority: z.number().int().min(-1000).max(1000) }))
      .max(10_000)
      .default([])
      .meta({ description: 'The first rule that matches a job gives its priority; else it is 0.' }),
  })
  .prefault({});

/** Section `quotas`. */
export const quotas = z
  .array(
    z.strictObject({
      name,
      match: jobMatch.prefault({}),
      pools: z.array(name).max(1000).default([]),
      per: z.enum(['all', 'owner', 'repository', 'workflow']).default('all'),
      max: z.number().int().min(0),
    }),
  )
  .max(1000)
  .default([])
  .meta({ description: 'Most jobs at once, of those that match.' });

/** Section `fairShare`. */
export const fairShare = z
  .strictObject({
    reservePercent: setting(z.number().min(0).max(50).default(10), {
      env: 'RUNNERHUB_FAIR_SHARE_RESERVE_PERCENT',
      description:
        'The last so many percent of a pool go only to those who have less than their share of it, while more than one uses it.',
    }),
    teams: z
      .array(
        z.strictObject({
          name,
          repositories: repositoryPatterns.min(1),
          weight: z.number().positive().max(1000).default(1),
        }),
      )
      .max(1000)
      .default([])
      .meta({ description: 'Repositories that share one share, by weight; others have 1 each.' }),
  })
  .prefault({});
