import { randomUUID } from 'node:crypto';
import { encodeContextData } from '../../actions/context-data.ts';
import { type Contexts, toText, type Value } from '../../actions/expressions.ts';
import {
  evaluateToken,
  keyText,
  pairsOf,
  type TemplateToken,
} from '../../actions/template-token.ts';
import type { WorkflowStep } from '../../actions/workflow-model.ts';
import { githubContext, needsContext } from '../scheduler/contexts.ts';
import { fullName } from '../state/model.ts';
import { orchestrationId } from '../tokens/access-tokens.ts';
import { idTokenPath } from '../tokens/id-token-routes.ts';
import { mayHaveIdToken } from '../tokens/id-tokens.ts';
import type { MessageInput } from './message-input.ts';
import { jobVariables } from './variables.ts';

/** The job as the runner receives it: AgentJobRequestMessage (protocol D.1 to D.7). */
export function jobMessage(input: MessageInput) {
  const { job } = input;
  const { run, group, leg } = job;
  const { definition } = group;
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
    contextData: contextData(contextsOf(input)),
    variables: jobVariables(input, orchestrationId(job)),
    mask: [{ type: 'regex', value: job.githubToken }],
    environmentVariables: present(run.workflow?.env, definition.env),
    defaults: present(run.workflow?.defaults, definition.defaults),
    steps: definition.steps.map(messageStep),
    fileTable: [run.file],
    actionsEnvironment: actionsEnvironment(definition.environment, contextsOf(input)),
    snapshot: null,
    billingOwnerId: `O_${run.repository.owner}`,
  };
}

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
    url: `${url}/run/1/`,
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

/** Contexts of the server (protocol D.4); `matrix` is null without one, `runner` is the runner's. */
function contextsOf({ job, address, variables }: MessageInput): Record<string, Value> {
  const { run, group, leg } = job;
  const github = githubContext(run, address);
  return {
    github,
    inputs: run.inputs,
    vars: variables,
    needs: needsContext(run, group),
    matrix: leg.matrix,
    strategy: leg.strategy,
    job: {
      check_run_id: job.id,
      workflow_ref: github['workflow_ref'] ?? null,
      workflow_sha: run.sha,
      workflow_repository: fullName(run.repository),
      workflow_file_path: run.file,
    },
    runner: null,
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

/** `environment` as a name, or as a mapping with `name` and `url`; the runner evaluates only the url. */
function actionsEnvironment(token: TemplateToken | undefined, contexts: Contexts) {
  if (token === undefined || token === null) return null;
  const members = new Map(pairsOf(token).map(({ Key, Value }) => [keyText(Key), Value]));
  const name = members.size === 0 ? token : members.get('name');
  return { name: toText(evaluateToken(name, contexts)), url: members.get('url') ?? null };
}
