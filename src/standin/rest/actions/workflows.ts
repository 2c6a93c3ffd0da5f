import { workflowFileJson } from '../../present/workflows.ts';
import { repositoryOf } from '../lookup.ts';
import { type Answer, type Call, listed, noContent, type Operation, ok } from '../operation.ts';
import { dispatch } from './dispatch.ts';
import { filesOfWorkflows, type KnownWorkflow, workflowOf } from './known-workflows.ts';
import { listRuns, runsOf } from './runs.ts';

const WORKFLOWS = '/repos/{owner}/{repo}/actions/workflows';
const ONE = `${WORKFLOWS}/{workflow_id}`;

/** The workflow files of the default branch, and those that ran from elsewhere. */
export const WORKFLOW_OPERATIONS: readonly Operation[] = [
  {
    id: 'actions/list-repo-workflows',
    method: 'GET',
    path: WORKFLOWS,
    access: 'actions=read',
    answer: async (call) => {
      const known = await filesOfWorkflows(call, repositoryOf(call));
      return listed(call, 'workflows', known, (each) => shown(call, each));
    },
  },
  {
    id: 'actions/get-workflow',
    method: 'GET',
    path: ONE,
    access: 'actions=read',
    answer: async (call) => ok(shown(call, await workflowOf(call))),
  },
  {
    id: 'actions/list-workflow-runs',
    method: 'GET',
    path: `${ONE}/runs`,
    access: 'actions=read',
    answer: async (call) => {
      const { id } = await workflowOf(call);
      return listRuns(
        call,
        runsOf(call).filter((run) => run.workflowId === id),
      );
    },
  },
  {
    id: 'actions/create-workflow-dispatch',
    method: 'POST',
    path: `${ONE}/dispatches`,
    access: 'actions=write',
    answer: dispatch,
  },
  {
    id: 'actions/disable-workflow',
    method: 'PUT',
    path: `${ONE}/disable`,
    access: 'actions=write',
    answer: (call) => setDisabled(call, true),
  },
  {
    id: 'actions/enable-workflow',
    method: 'PUT',
    path: `${ONE}/enable`,
    access: 'actions=write',
    answer: (call) => setDisabled(call, false),
  },
  {
    id: 'actions/get-workflow-usage',
    method: 'GET',
    path: `${ONE}/timing`,
    access: 'actions=read',
    answer: async (call) => {
      await workflowOf(call);
      return ok({ billable: {} });
    },
  },
];

const shown = (call: Call, workflow: KnownWorkflow) =>
  workflowFileJson(repositoryOf(call), workflow, call.url);

/** A disabled workflow is started by nothing and nobody. */
async function setDisabled(call: Call, disabled: boolean): Promise<Answer> {
  const { file } = await workflowOf(call);
  const { disabledWorkflows } = repositoryOf(call);
  if (disabled) disabledWorkflows.add(file);
  else disabledWorkflows.delete(file);
  return noContent();
}
