import { z } from 'zod';
import { repositoryPatterns } from './job-match.ts';
import { setting } from './setting.ts';

/** What decides which jobs a pool gets, beside its labels; see `docs/routing.md`. */
export const poolRouting = {
  priority: setting(z.number().int().min(-1000).max(1000).default(0), {
    description: 'Of several pools that fit a job, the one with the higher priority is used first.',
  }),
  exclusive: setting(z.boolean().default(false), {
    description: 'Whether it takes only jobs that a rule of `routing` sends to it by name.',
  }),
  repositories: repositoryPatterns
    .default([])
    .meta({ description: 'Repositories it takes jobs of, `*` stands for anything; empty: all.' }),
  forks: setting(z.enum(['refuse', 'allow']).default('refuse'), {
    description: 'Whether jobs of pull requests from forks, which are strangers’ code, may use it.',
  }),
  arch: setting(z.string().min(1).max(30).optional(), {
    description: "Its processor, for jobs that ask `arch:…`. Absent: that of the hub's machine.",
  }),
  gpus: setting(z.number().int().min(0).max(64).default(0), {
    description: 'Graphics processors it has, for jobs that ask `gpu` or `gpu:2`.',
  }),
  docker: setting(z.boolean().default(false), {
    description: 'Whether its jobs can use Docker, for jobs that ask `docker`.',
  }),
  tools: z
    .array(z.string().min(1).max(100))
    .max(200)
    .default([])
    .meta({ description: 'Tools in its image, for jobs that ask `tool:NAME`.' }),
  runnerGroupId: setting(z.number().int().min(1).optional(), {
    description: 'Runner group that its runners join. Absent: `github.runnerGroupId`.',
  }),
};
