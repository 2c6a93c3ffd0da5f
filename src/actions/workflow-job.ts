import type { WorkflowJob as ParsedJob } from '@actions/workflow-parser/model/workflow-template';
import type { WorkflowCall, WorkflowJob } from './workflow-model.ts';
import { readStep } from './workflow-step.ts';
import {
  conditionText,
  itemsOf,
  membersOf,
  optionalWireToken,
  type ParsedToken,
  positionOf,
  textOf,
} from './workflow-tokens.ts';

/** One job of a workflow without problems, from the library's model and the raw mapping. */
export function readJob(job: ParsedJob, raw: ParsedToken): WorkflowJob {
  const members = membersOf(raw);
  const token = (key: string) => optionalWireToken(members.get(key));
  const rawSteps = itemsOf(members.get('steps'));
  const steps = job.type === 'job' ? job.steps : [];
  return {
    id: job.id.value,
    at: positionOf(job.id),
    needs: [...new Set((job.needs ?? []).map((need) => need.value))],
    condition: conditionText(job.if.expression, members.get('if')),
    name: token('name'),
    runsOn: token('runs-on') ?? null,
    strategy: token('strategy'),
    env: token('env'),
    defaults: token('defaults'),
    outputs: token('outputs'),
    container: token('container'),
    services: token('services'),
    environment: token('environment'),
    permissions: token('permissions'),
    concurrency: token('concurrency'),
    timeoutMinutes: token('timeout-minutes'),
    continueOnError: token('continue-on-error'),
    steps: steps.flatMap((step, index) => {
      const rawStep = rawSteps[index];
      return rawStep === undefined ? [] : (readStep(step, rawStep) ?? []);
    }),
    call: readCall(members),
  };
}

function readCall(members: ReadonlyMap<string, ParsedToken>): WorkflowCall | null {
  const uses = members.get('uses');
  const text = textOf(uses);
  if (text === undefined) return null;
  const secrets = members.get('secrets');
  return {
    uses: text,
    at: positionOf(uses),
    inputs: optionalWireToken(members.get('with')),
    secrets: textOf(secrets) === 'inherit' ? 'inherit' : optionalWireToken(secrets),
  };
}
