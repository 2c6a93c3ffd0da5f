import { z } from 'zod';
import type { Annotation } from '../domain/annotation.ts';

/**
 * The runner protocol's messages, V2 (protocol A to E). Readers are lenient (unknown members pass,
 * optional members may be null), because the server adds fields without notice.
 */
const nullish = <T extends z.ZodType>(schema: T) => schema.nullish();

/** Template tokens and context data are checked where they are evaluated (`src/actions`). */
const token = z.unknown();

/** `.runner` of a JIT configuration (protocol A.2), keys lower-cased by the reader. */
export const runnerSettings = z.looseObject({
  agentid: z.coerce.number(),
  agentname: z.string(),
  poolid: z.coerce.number().optional(),
  poolname: z.string().optional(),
  githuburl: z.string().optional(),
  workfolder: z.string().default('_work'),
  ephemeral: z.coerce.boolean().optional(),
  usev2flow: z.coerce.boolean().optional(),
  serverurl: z.string().optional(),
  serverurlv2: z.string(),
});
export type RunnerSettings = z.infer<typeof runnerSettings>;

export const tokenReply = z.looseObject({
  access_token: z.string(),
  token_type: z.string().optional(),
  expires_in: z.coerce.number(),
});

export const sessionReply = z.looseObject({ sessionId: z.string() });

/** Broker envelope (protocol B.3); `body` is JSON in a string. */
export const brokerMessage = z.looseObject({
  messageId: z.number(),
  messageType: z.string(),
  body: z.string().default('{}'),
});

export const jobRequestBody = z.looseObject({
  runner_request_id: z.string(),
  should_acknowledge: nullish(z.boolean()),
  run_service_url: z.string(),
  billing_owner_id: nullish(z.string()),
});
export type JobRequestBody = z.infer<typeof jobRequestBody>;

export const jobCancellationBody = z.looseObject({
  jobId: z.string(),
  timeout: nullish(z.string()),
});

const stepReference = z.looseObject({
  type: z.union([z.string(), z.number()]),
  name: nullish(z.string()),
  ref: nullish(z.string()),
  repositoryType: nullish(z.string()),
  path: nullish(z.string()),
  image: nullish(z.string()),
});

/** One step of a job message (protocol D.5). */
export const messageStep = z.looseObject({
  type: z.union([z.string(), z.number()]).default('action'),
  id: z.string(),
  name: nullish(z.string()),
  displayName: nullish(z.string()),
  displayNameToken: token.optional(),
  contextName: nullish(z.string()),
  /** Steps that only control background steps have none. */
  reference: stepReference.default({ type: 'none' }),
  inputs: token.optional(),
  environment: token.optional(),
  condition: nullish(z.string()),
  continueOnError: token.optional(),
  timeoutInMinutes: token.optional(),
  enabled: nullish(z.boolean()),
  background: nullish(z.boolean()),
});
export type MessageStep = z.infer<typeof messageStep>;

export const serviceEndpoint = z.looseObject({
  name: z.string(),
  url: z.string(),
  authorization: nullish(
    z.looseObject({
      scheme: z.string().optional(),
      parameters: nullish(z.record(z.string(), z.string())),
    }),
  ),
  data: nullish(z.record(z.string(), z.string())),
});

/** AgentJobRequestMessage (protocol D.1). */
export const jobMessage = z.looseObject({
  messageType: z.string(),
  plan: z.looseObject({ planId: z.string() }),
  timeline: z.looseObject({ id: z.string() }),
  jobId: z.string(),
  jobDisplayName: z.string(),
  jobName: nullish(z.string()),
  resources: z.looseObject({ endpoints: z.array(serviceEndpoint) }),
  contextData: z.record(z.string(), z.unknown()),
  variables: z.record(
    z.string(),
    z.looseObject({ value: nullish(z.string()), isSecret: nullish(z.boolean()) }),
  ),
  mask: z.array(z.looseObject({ type: z.string(), value: z.string() })).default([]),
  steps: z.array(messageStep),
  environmentVariables: z.array(token).nullish(),
  defaults: z.array(token).nullish(),
  jobContainer: token.optional(),
  jobServiceContainers: token.optional(),
  jobOutputs: token.optional(),
  actionsEnvironment: token.optional(),
  dependencies: nullish(z.array(z.string())),
  fileTable: nullish(z.array(z.string())),
  workspace: nullish(z.looseObject({ clean: nullish(z.string()) })),
  billingOwnerId: nullish(z.string()),
});
export type JobMessage = z.infer<typeof jobMessage>;

export const renewReply = z.looseObject({ lockedUntil: z.string() });

/** stepResults of completejob (protocol C.3). */
export interface WireStepResult {
  external_id: string;
  number: number;
  name: string;
  action_name?: string;
  ref?: string;
  type?: string;
  status: 'completed';
  conclusion: string;
  started_at: string;
  completed_at: string;
  completed_log_lines?: number;
  annotations: Annotation[];
}

export interface CompleteJobRequest {
  planId: string;
  jobId: string;
  conclusion: string;
  outputs: Record<string, { value: string; isSecret: boolean }>;
  stepResults: WireStepResult[];
  annotations: Annotation[];
  telemetry: { message: string; type: string }[];
  environmentUrl?: string;
  billingOwnerId?: string;
  infrastructureFailureCategory?: string;
}

/** Enum integers of WorkflowStepsUpdate (protocol E.2). */
export const STEP_STATUS = { inProgress: 3, pending: 5, completed: 6 } as const;
export const STEP_CONCLUSION = {
  none: 0,
  success: 2,
  failure: 3,
  cancelled: 4,
  skipped: 7,
} as const;

export interface WireStepUpdate {
  external_id: string;
  number: number;
  name: string;
  status: number;
  started_at: string | null;
  completed_at: string | null;
  conclusion: number;
}
