import { callInputs } from '../../actions/workflow-call.ts';
import { readConcurrency } from '../../actions/workflow-concurrency.ts';
import {
  type JobPlan,
  type PlanContexts,
  planJob,
  shouldRun,
} from '../../actions/workflow-plan.ts';
import type { WorkflowTree } from '../../actions/workflow-tree.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Address } from '../dependencies.ts';
import { fullName, type JobGroup } from '../state/model.ts';
import { variablesOf } from '../state/settings.ts';
import { type Conclude, note, type SchedulerDeps } from './conclude.ts';
import { planContexts, statusOfNeeds } from './contexts.ts';
import { permissionsOfJob } from './job-permissions.ts';
import { newJob, unplannedLeg } from './new-job.ts';
import { newScope } from './new-scope.ts';

export type OpenGroup = (group: JobGroup) => void;

/**
 * Makes of a job of the file what it becomes, now that its needs have ended: one job, the legs of its
 * matrix, the workflows that it calls, or one job that is skipped or whose plan failed.
 */
export function createOpenGroup(
  { store, clock }: SchedulerDeps,
  address: Address,
  conclude: Conclude,
): OpenGroup {
  const variablesIn = (group: JobGroup) => variablesOf(store, group.scope.run.repository);

  function planGroup(group: JobGroup, contexts: PlanContexts): void {
    const plan = planJob(group.definition, contexts);
    const called = group.scope.tree.calls[group.definition.id];
    if (called === undefined) {
      for (const leg of plan.legs) newJob(store, group, leg, clock.now());
    } else {
      group.calls = calls(group, plan, called, contexts);
    }
    group.plan = plan;
  }

  function calls(group: JobGroup, plan: JobPlan, tree: WorkflowTree, contexts: PlanContexts) {
    const { call } = group.definition;
    const declared = tree.workflow.callInterface;
    if (call === null || declared === null) return [];
    const { github, vars } = contexts;
    const permissions = permissionsOfJob(group);
    return plan.legs.map((leg) => {
      const legContexts = { ...contexts, matrix: leg.matrix, strategy: leg.strategy };
      const inputs = callInputs(call, declared, legContexts, { github, vars, inputs: {} });
      const own = readConcurrency(tree.workflow.concurrency, { github, vars, inputs });
      const concurrency = [leg.concurrency, own].filter((wish) => wish !== null);
      const { run } = group.scope;
      const caller = { group, leg };
      return newScope(store, { run, caller, tree, inputs, permissions, concurrency, only: null });
    });
  }

  function fail(group: JobGroup, error: unknown): void {
    group.jobs = [];
    const job = newJob(store, group, unplannedLeg(group), clock.now());
    const { source } = group.scope.tree;
    const isOwn = source.repository === fullName(group.scope.run.repository);
    const { line, column } = group.definition.at;
    job.annotations.push({
      ...note('failure', messageOf(error)),
      path: isOwn ? source.file : `${source.repository}/${source.file}`,
      startLine: line,
      endLine: line,
      startColumn: column,
      endColumn: column,
    });
    conclude(job, 'failure');
  }

  return (group) => {
    const contexts = planContexts(group, variablesIn(group), address);
    try {
      if (shouldRun(group.definition.condition, contexts, statusOfNeeds(group))) {
        planGroup(group, contexts);
        return;
      }
    } catch (error) {
      fail(group, error);
      return;
    }
    conclude(newJob(store, group, unplannedLeg(group), clock.now()), 'skipped');
  };
}
