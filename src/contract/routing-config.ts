import { z } from 'zod';
import { jobMatch } from './job-match.ts';

const name = z.string().min(1).max(256);

/** A pool, or a pool with a delay; always read as the latter. */
const step = z
  .union([
    name,
    z.strictObject({ pool: name, afterSeconds: z.number().min(0).max(86_400).default(0) }),
  ])
  .transform((value) => (typeof value === 'string' ? { pool: value, afterSeconds: 0 } : value));

const rule = z
  .strictObject({
    name,
    match: jobMatch.prefault({}),
    pools: z.array(step).min(1).max(100).optional(),
    hold: z.string().min(1).max(500).optional(),
  })
  .refine(({ pools, hold }) => (pools === undefined) !== (hold === undefined), {
    error: 'must have either `pools` or `hold`',
  });

/** Section `routing`. */
export const routing = z
  .strictObject({
    impliedLabels: z
      .array(name)
      .max(100)
      .default(['self-hosted'])
      .meta({ description: 'Labels that every pool has without naming them.' }),
    aliases: z
      .record(name, z.array(name).min(1).max(100))
      .default({})
      .meta({ description: 'A label of `runs-on`, and the labels that a pool needs to stand in.' }),
    rules: z
      .array(rule)
      .max(10_000)
      .default([])
      .meta({ description: 'The first rule that matches a job says where it may run.' }),
  })
  .prefault({});
