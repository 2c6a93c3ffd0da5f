import { z } from 'zod';

const text = z.string().min(1).max(300);

/** The query of `GET /api/v1/routing/preview`: a job that might come. */
export const routingQuery = z.strictObject({
  /** Separated by commas. */
  labels: z
    .string()
    .max(30_000)
    .transform((list) => list.split(',').map((label) => label.trim()))
    .pipe(z.array(z.string().min(1).max(256)).min(1).max(100)),
  repository: text.default('owner/name'),
  workflow: z.string().max(300).default(''),
  job: z.string().max(300).default(''),
  branch: text.optional(),
  event: text.optional(),
  /** Whether its code comes from a fork. */
  fork: z.enum(['no', 'yes', 'unknown']).default('no'),
});

/** `GET /api/v1/routing/preview`. */
export const routingView = z.object({
  chosen: z.string().nullable(),
  rule: z.string().nullable(),
  /** Set when a rule holds the job back: its note. */
  held: z.string().nullable(),
  considered: z.array(
    z.object({
      pool: z.string(),
      verdict: z.enum(['chosen', 'fits', 'later', 'refused']),
      why: z.string(),
    }),
  ),
  suggestions: z.array(z.object({ label: z.string(), instead: z.string() })),
});
export type RoutingView = z.infer<typeof routingView>;
