import { z } from 'zod';
import { githubError } from '../../http/refusal.ts';
import { bodyOf } from '../../http/request.ts';
import { fullName } from '../../state/model.ts';
import { repositoryOf } from '../lookup.ts';
import { type Answer, type Call, noContent, ok } from '../operation.ts';
import { workflowOf } from './known-workflows.ts';

const body = z.looseObject({
  ref: z.string(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  return_run_details: z.boolean().default(false),
});

/** Starts a run of a workflow that asks for `workflow_dispatch`. */
export async function dispatch(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const { ref, inputs, return_run_details } = bodyOf(call.request, body);
  const { file } = await workflowOf(call);
  if (repository.disabledWorkflows.has(file)) {
    throw githubError(403, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");
  }
  const { runs, problems } = await call.world.requested(repository, {
    event: 'workflow_dispatch',
    ref,
    inputs,
    workflow: file,
  });
  if (problems.length > 0) {
    throw githubError(422, 'Failed to parse workflow', {
      errors: problems.map(({ message, line }) => `${file}, line ${line}: ${message}`),
    });
  }
  const [run] = runs;
  if (run === undefined) {
    throw githubError(422, "Workflow does not have 'workflow_dispatch' trigger");
  }
  if (!return_run_details) return noContent();
  const path = `repos/${fullName(repository)}/actions/runs/${run.id}`;
  return ok({
    workflow_run_id: run.id,
    run_url: `${call.url}/api/v3/${path}`,
    html_url: `${call.url}/${fullName(repository)}/actions/runs/${run.id}`,
  });
}
