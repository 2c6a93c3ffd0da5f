import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** The columns of docs/security/containers.md. */
export const LEVELS = ['standard', 'sudo', 'hardened'] as const;
export type Level = (typeof LEVELS)[number];

const line = z.strictObject({
  stops: z.string(),
  as: z.literal('root').optional(),
  try: z.string(),
  stopped: z.string(),
  open: z.partialRecord(z.enum(LEVELS), z.string()).default({}),
  opened: z.string().optional(),
});
export type Proof = z.infer<typeof line>;

const groups = z.array(z.strictObject({ group: z.string(), lines: z.array(line) }));

/** What is claimed of containers, and how each claim is tried; see the file's own head. */
export function readProofs(): z.infer<typeof groups> {
  const file = path.resolve(import.meta.dirname, '..', 'security', 'containers.yml');
  return groups.parse(parse(readFileSync(file, 'utf8')));
}

/** What the output of a line must match at a level. */
export function expectation({ stopped, open, opened }: Proof, level: Level): RegExp {
  if (open[level] === undefined) return new RegExp(stopped, 'm');
  if (opened === undefined)
    throw new Error('a line that is open somewhere says what that looks like');
  return new RegExp(opened, 'm');
}
