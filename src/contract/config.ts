import { z } from 'zod';

const label = z.string().min(1).max(256);

/** One pool: the template of its containers and the labels of its runners. */
export const poolConfig = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .describe('Lower-case name, unique.'),
  labels: z.array(label).min(1).max(100).describe('Labels that runs-on may ask for.'),
  image: z.string().min(1).describe('Image of the container that runs the steps.'),
  cpuMillis: z.number().int().min(100).default(2000).describe('CPU limit, thousandths of a core.'),
  memoryMb: z.number().int().min(64).default(4096).describe('Memory limit, MiB.'),
  pids: z.number().int().min(16).default(4096).describe('Most processes at once.'),
  user: z.string().min(1).default('runner').describe('User that steps run as.'),
  minIdle: z
    .number()
    .int()
    .min(0)
    .default(1)
    .describe('Warm containers kept ready beside busy ones.'),
  max: z.number().int().min(1).default(4).describe('Most jobs at once.'),
});
export type PoolConfig = z.infer<typeof poolConfig>;
