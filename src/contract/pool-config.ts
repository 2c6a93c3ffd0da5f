import { z } from 'zod';
import { PLACEMENTS } from '../domain/placement.ts';
import { isTimezone, WEEKDAYS } from '../domain/pool-schedule.ts';
import { poolRouting } from './pool-routing.ts';
import { poolWalls } from './pool-walls.ts';
import { setting } from './setting.ts';

export const DEFAULT_JOB_IMAGE = 'runnerhub/job:bookworm';

/** Labels of the default pool; the hosted names let workflows written for GitHub's machines run as they are. */
export const DEFAULT_LABELS = [
  'self-hosted',
  'linux',
  'x64',
  'runnerhub',
  'ubuntu-latest',
  'ubuntu-24.04',
  'ubuntu-22.04',
];

const wallTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM, from 00:00 to 23:59');

/** A part of the week in which a pool has another size. */
export const poolWindow = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS])
      .meta({ description: 'Days on which it begins: mon, tue, wed, thu, fri, sat, sun.' }),
    from: setting(wallTime, { description: 'When it begins, in the time zone of the pool.' }),
    to: setting(wallTime, {
      description: 'When it ends; not later than `from`: on the next day.',
    }),
    minIdle: setting(z.number().int().min(0).optional(), {
      description: '`minIdle` meanwhile; absent: as ever.',
    }),
    max: setting(z.number().int().min(1).optional(), {
      description: '`max` meanwhile; absent: as ever.',
    }),
  })
  .refine(({ minIdle, max }) => minIdle !== undefined || max !== undefined, {
    error: 'must set minIdle or max',
  });

/** One pool: the template of its containers and the labels of its runners. */
export const poolConfig = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9-]{0,62}$/,
      'must be lower-case letters, digits and hyphens, at most 63',
    )
    .meta({ description: 'Name, unique among the pools: lower-case letters, digits, hyphens.' }),
  labels: z
    .array(z.string().min(1).max(256))
    .min(1)
    .max(100)
    .meta({ description: 'Labels that `runs-on` may ask for; GitHub compares them without case.' }),
  image: setting(z.string().min(1).default(DEFAULT_JOB_IMAGE), {
    description: 'Image of the containers that run the steps.',
  }),
  cpuMillis: setting(z.number().int().min(100).default(2000), {
    description: 'CPU limit of a container, in thousandths of a core.',
  }),
  memoryMb: setting(z.number().int().min(64).default(4096), {
    description:
      'Memory limit of a container, in MiB; a job that needs more is ended by the kernel.',
  }),
  pids: setting(z.number().int().min(16).default(4096), {
    description: 'Most processes in a container at once.',
  }),
  user: setting(z.string().min(1).default('runner'), {
    description: 'User of the image that steps run as: a name or `uid:gid`.',
  }),
  ...poolWalls,
  minIdle: setting(z.number().int().min(0).default(1), {
    description:
      'Warm containers kept ready beside the busy ones; 0 makes every job wait for a start.',
  }),
  max: setting(z.number().int().min(1).default(4), {
    description: 'Most jobs of this pool at once; further ones wait.',
  }),
  idleLifetimeSeconds: setting(z.number().int().min(0).default(300), {
    description: 'How long a warm container stays that is one more than wanted.',
  }),
  maxLifetimeSeconds: setting(z.number().int().min(60).default(86_400), {
    description: 'A warm container of this age is replaced by a new one.',
  }),
  healthCheckSeconds: setting(z.number().int().min(5).default(60), {
    description:
      'How often a warm container is asked whether commands run in it; one that fails is replaced.',
  }),
  timezone: setting(
    z.string().refine(isTimezone, 'must be an IANA name, as Europe/Berlin').default('UTC'),
    {
      description: 'Time zone of the schedule: an IANA name, as `Europe/Berlin`.',
    },
  ),
  schedule: z.array(poolWindow).default([]).meta({
    description:
      'Parts of the week with another `minIdle` or `max`; where they overlap, the largest number counts.',
  }),
  placement: setting(z.enum(PLACEMENTS).default('affinity'), {
    description:
      'Which host gets a container: `spread` few per host, `pack` the fullest, `least-loaded`, or `affinity`: one that has the image, of these the least loaded.',
  }),
  hostLabels: z
    .record(z.string(), z.string())
    .default({})
    .meta({ description: 'Labels that a host must have for this pool.' }),
  ...poolRouting,
});
export type PoolConfig = z.infer<typeof poolConfig>;

/** The pools of the file: names are unique, and no pool keeps more containers than it may have. */
export const poolsConfig = z
  .array(poolConfig)
  .min(1)
  .superRefine((pools, context) => {
    const seen = new Set<string>();
    for (const [index, pool] of pools.entries()) {
      const refuse = (key: keyof PoolConfig, message: string) =>
        context.addIssue({ code: 'custom', path: [index, key], message });
      if (seen.has(pool.name)) refuse('name', `"${pool.name}" is there twice`);
      seen.add(pool.name);
      if (pool.minIdle > pool.max) refuse('minIdle', `must not exceed max (${pool.max})`);
    }
  });
