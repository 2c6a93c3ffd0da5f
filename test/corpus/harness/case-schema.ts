import { z } from 'zod';

/** Shapes of the corpus's files; `README.md` beside this folder explains them to a reader. */

const texts = z.record(z.string(), z.coerce.string());

/** Lines of a log: one text (split into its lines) or a list. `/x/` is a regular expression. */
const lines = z
  .union([z.string(), z.array(z.string())])
  .transform((given) =>
    typeof given === 'string' ? given.replace(/\n$/, '').split('\n') : [...given],
  );

/** Only the members that are named are compared. */
const annotation = z.strictObject({
  level: z.enum(['notice', 'warning', 'failure']),
  message: z.string(),
  title: z.string().optional(),
  path: z.string().optional(),
  startLine: z.number().optional(),
  endLine: z.number().optional(),
  startColumn: z.number().optional(),
  endColumn: z.number().optional(),
});

const stepConclusion = z.enum(['success', 'failure', 'cancelled', 'skipped']);

const fullStep = z.strictObject({
  name: z.string().optional(),
  /** Before `continue-on-error`; the same as the conclusion unless told. */
  outcome: stepConclusion.optional(),
  conclusion: stepConclusion.default('success'),
  /** Lines that must be in the header of a step: between `##[group]Run` and `##[endgroup]`. */
  header: lines.optional(),
  /** The whole log behind the header. */
  log: lines.optional(),
  /** Lines that must be in the log, in any place. */
  logHas: lines.optional(),
  /** Lines that must not be in it. */
  logLacks: lines.optional(),
  /** All annotations of the step, in order. */
  annotations: z.array(annotation).optional(),
  summary: z.string().optional(),
});

/** A lone word is the conclusion of a step of which nothing else matters. */
const step = z.union([stepConclusion.transform((conclusion) => ({ conclusion })), fullStep]);

const jobResult = z.strictObject({
  conclusion: z.enum(['success', 'failure', 'cancelled', 'skipped']).default('success'),
  /** Every record between "Set up job" and "Complete job". */
  steps: z.array(step).optional(),
  setUp: fullStep.optional(),
  complete: fullStep.optional(),
  /** All outputs of the job. */
  outputs: texts.optional(),
  environmentUrl: z.string().optional(),
  /** Of the job itself; those of steps stand with the steps. */
  annotations: z.array(annotation).optional(),
});

const expectation = z.union([
  /** What is wrong with the file, as `line:column message`. */
  z.strictObject({ problems: z.array(z.string()).min(1) }),
  z.strictObject({
    conclusion: jobResult.shape.conclusion,
    /** Every job of the run by its display name. */
    jobs: z.record(z.string(), jobResult),
  }),
  jobResult,
]);

/** The first document of a file. */
export const headSchema = z.strictObject({
  /** The row of the compatibility table that the file's cases prove. */
  feature: z.string().min(3),
  /** Sections of the protocol fact sheet, such as `G.6`. */
  section: z.string().regex(/^[A-G]\.\d+b?(, [A-G]\.\d+b?)*$/),
  supported: z.enum(['yes', 'partly', 'no']).default('yes'),
  /** What is missing, for the table. */
  missing: z.string().optional(),
});

/** Every other document: one case. `steps`, `job` and `workflow` are also read as text. */
export const caseSchema = z.strictObject({
  case: z.string().min(5),
  section: headSchema.shape.section.optional(),
  steps: z.array(z.unknown()).optional(),
  job: z.record(z.string(), z.unknown()).optional(),
  workflow: z.record(z.string(), z.unknown()).optional(),
  event: z.string().default('push'),
  ref: z.string().default('refs/heads/main'),
  /** Inputs of a `workflow_dispatch`. */
  inputs: z.record(z.string(), z.unknown()).default({}),
  /** Members of the event's payload. */
  payload: z.record(z.string(), z.unknown()).default({}),
  /** What the setting of the repository gives job tokens. */
  token: z.enum(['read', 'write']).default('read'),
  secrets: texts.default({}),
  vars: texts.default({}),
  /** In the workspace before the job begins. */
  files: texts.default({}),
  /** Other repositories: `owner/name@ref` to their files. */
  actions: z.record(z.string().regex(/^[^/]+\/[^@]+@.+$/), texts).default({}),
  /** What GitHub sends besides: variables of the message and regular expressions to mask. */
  server: z
    .strictObject({ variables: texts.default({}), masks: z.array(z.string()).default([]) })
    .default({ variables: {}, masks: [] }),
  /** The run is cancelled when a step prints this line. */
  cancelAt: z.string().optional(),
  /** How many seconds a minute of the job lasts: makes time limits short. */
  minute: z.number().positive().default(60),
  /** Why the case does not hold yet. It must fail then. */
  knownGap: z.string().optional(),
  expect: expectation,
});

export type CaseHead = z.infer<typeof headSchema>;
export type CorpusCase = z.infer<typeof caseSchema>;
export type Expectation = CorpusCase['expect'];
export type ExpectedJob = z.infer<typeof jobResult>;
export type ExpectedStep = z.infer<typeof fullStep>;
export type ExpectedAnnotation = z.infer<typeof annotation>;
