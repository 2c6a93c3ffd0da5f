import { z } from 'zod';
import { wireObject } from '../http/wire-object.ts';

export const acquireBody = wireObject({
  jobMessageId: z.string(),
  runnerOS: z.string().nullish(),
  billingOwnerId: z.string().nullish(),
});

/** Ids are compared as they are written in the job's message, whatever their case. */
const id = z.string().transform((text) => text.toLowerCase());

const jobIds = { planId: id, jobId: id };
export const jobBody = wireObject(jobIds);

const annotation = wireObject({
  level: z.string().nullish(),
  message: z.string().nullish(),
  title: z.string().nullish(),
  path: z.string().nullish(),
  startLine: z.number().nullish(),
  endLine: z.number().nullish(),
  startColumn: z.number().nullish(),
  endColumn: z.number().nullish(),
  stepNumber: z.number().nullish(),
  isInfrastructureIssue: z.boolean().nullish(),
});
export type WireAnnotation = z.infer<typeof annotation>;

/** Timestamps must be real: an empty one is refused, as the real service does (protocol C.3). */
const instant = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'not a timestamp');

const CONCLUSIONS = [
  'succeeded',
  'succeededWithIssues',
  'failed',
  'canceled',
  'skipped',
  'abandoned',
] as const;

/** How a job or a step ended, in any case. */
const conclusion = z.string().transform((text, context) => {
  const found = CONCLUSIONS.find((each) => each.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  context.addIssue({ code: 'custom', message: `is none of ${CONCLUSIONS.join(', ')}` });
  return z.NEVER;
});

const stepResult = wireObject({
  external_id: z.string(),
  number: z.number().nullish(),
  name: z.string().nullish(),
  action_name: z.string().nullish(),
  ref: z.string().nullish(),
  type: z.string().nullish(),
  status: z.string().nullish(),
  conclusion: conclusion.nullish(),
  started_at: instant.nullish(),
  completed_at: instant.nullish(),
  completed_log_url: z.string().nullish(),
  completed_log_lines: z.number().nullish(),
  annotations: z.array(annotation).nullish(),
});
export type WireStepResult = z.infer<typeof stepResult>;

const output = wireObject({ value: z.string().nullish(), isSecret: z.boolean().nullish() });

/** What a worker says at the end of a job; members that are null are left out (protocol C.3). */
export const completeBody = wireObject({
  ...jobIds,
  conclusion,
  outputs: z.record(z.string(), output).nullish(),
  stepResults: z.array(stepResult).nullish(),
  annotations: z.array(annotation).nullish(),
  telemetry: z
    .array(wireObject({ message: z.string().nullish(), type: z.string().nullish() }))
    .nullish(),
  environmentUrl: z.string().nullish(),
  billingOwnerId: z.string().nullish(),
  infrastructureFailureCategory: z.string().nullish(),
});
export type CompleteBody = z.infer<typeof completeBody>;
