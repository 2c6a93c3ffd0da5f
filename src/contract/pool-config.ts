import { z } from 'zod';
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
