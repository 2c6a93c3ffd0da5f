import { randomUUID } from 'node:crypto';
import { encodeContextData } from '../../actions/context-data.ts';
import type { Value } from '../../actions/expressions.ts';
import type { TemplateToken } from '../../actions/template-token.ts';
import type { WorkflowStep } from '../../actions/workflow-model.ts';
import type { PlannedLeg } from '../../actions/workflow-plan.ts';
import { jobContexts } from '../scheduler/contexts.ts';
import { orchestrationId } from '../tokens/access-tokens.ts';
import { idTokenPath } from '../tokens/id-token-routes.ts';
import { mayHaveIdToken } from '../tokens/id-tokens.ts';
import type { MessageInput } from './message-input.ts';
import { runServiceUrl } from './url.ts';
import { jobVariables } from './variables.ts';

/** The job as the runner receives it: AgentJobRequestMessage (protocol D.1 to D.7). */
export function jobMessage(input: MessageInput) {
  const { job } = input;
  const { run, group, leg } = job;
  const { definition, scope } = group;
  const { workflow, source } = scope.tree;
  const contexts = jobContexts(job, input.address, input.variables);
  return {
    messageType: 'RunnerJobRequest',
    plan: {
      planType: 'actions',
      version: 0,
      planId: run.planId,
      artifactUri: '',
      artifactLocation: '',
    },
    timeline: { id: run.planId, changeId: 0, location: null },
    jobId: job.backendId,
    jobDisplayName: leg.displayName,
    jobName: leg.jobName,
    requestId: 0,
    lockedUntil: '0001-01-01T00:00:00',
    jobContainer: definition.container ?? null,
    jobServiceContainers: definition.services ?? null,
    jobOutputs: definition.outputs ?? null,
    resources: { endpoints: [systemConnection(input)], repositories: [], containers: [] },
    contextData: contextData(contexts),
    variables: jobVariables(input, orchestrationId(job)),
    mask: [{ type: 'regex', value: job.githubToken }],
    environmentVariables: present(workflow.env, definition.env),
    defaults: present(workflow.defaults, definition.defaults),
    steps: definition.steps.map(messageStep),
    fileTable: [source.file],
    actionsEnvironment: environmentPart(leg.environment),
    snapshot: null,
    billingOwnerId: `O_${run.repository.owner}`,
  };
}

const environmentPart = (environment: PlannedLeg['environment']) =>
  environment === null ? null : { name: environment.name, url: environment.url };

const present = (...tokens: readonly (TemplateToken | undefined)[]): readonly TemplateToken[] =>
  tokens.filter((token) => token !== undefined);

/**
 * The endpoint of protocol D.2; every URL ends with a slash, because clients append to it. Those in
 * `data` but the feed and the checks are handed to actions, the others are the runner's own.
 */
function systemConnection({ job, accessToken, address }: MessageInput) {
  const [url, jobUrl] = [address.url(), address.jobUrl()];
  return {
    name: 'SystemVssConnection',
    url: runServiceUrl(address, job),
    authorization: { scheme: 'OAuth', parameters: { AccessToken: accessToken } },
    data: {
      CacheServerUrl: `${jobUrl}/`,
      ResultsServiceUrl: `${jobUrl}/`,
      PipelinesServiceUrl: `${jobUrl}/pipelines/`,
      GenerateIdTokenUrl: mayHaveIdToken(job) ? `${jobUrl}${idTokenPath(job)}` : '',
      FeedStreamUrl: `${url.replace(/^http/, 'ws')}/feed`,
      ConnectivityChecks: JSON.stringify([`${url}/broker/health`]),
      ConnectivityAndDNSChecks: '[]',
      ServerId: '',
      ServerName: '',
    },
    isShared: false,
    isReady: true,
  };
}

const contextData = (contexts: Readonly<Record<string, Value>>) =>
  Object.fromEntries(
    Object.entries(contexts).map(([name, value]) => [name, encodeContextData(value)]),
  );

/** One step (protocol D.5), with a fresh record id. */
const messageStep = (step: WorkflowStep) => ({
  type: 'action',
  id: randomUUID(),
  name: step.contextName,
  contextName: step.contextName,
  ...(step.displayName === undefined ? {} : { displayNameToken: step.displayName }),
  reference: step.reference,
  inputs: step.inputs,
  ...(step.environment === undefined ? {} : { environment: step.environment }),
  condition: step.condition,
  continueOnError: step.continueOnError ?? null,
  timeoutInMinutes: step.timeoutInMinutes ?? null,
  enabled: true,
});
