import { planJob, shouldRun } from '../../actions/workflow-plan.ts';
import { combinedResult } from '../../actions/workflow-status.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Address } from '../dependencies.ts';
import type { Conclusion, Job, JobGroup, Run } from '../state/model.ts';
import { variablesOf } from '../state/store.ts';
import { type Conclude, note, type SchedulerDeps } from './conclude.ts';
import { planContexts, statusOfNeeds } from './contexts.ts';
import { newJob, unplannedLeg } from './new-job.ts';

/** A job that no runner took in this time is cancelled (protocol A.1). */
const QUEUE_LIMIT_MS = 24 * 3_600_000;

/**
 * Moves a run on: opens jobs whose needs have ended, releases legs that max-parallel held back, closes
 * jobs whose legs have ended, and the run when all its jobs have. Safe to call at any time.
 */
export function createAdvance(deps: SchedulerDeps, address: Address, conclude: Conclude) {
  const { store, clock, timers, offers, announce, log } = deps;
  const advancing = new Set<Run>();
  timers.on('queue', (job) => conclude(job, 'cancelled'));

  function advance(run: Run): void {
    if (advancing.has(run) || run.status === 'completed') return;
    quietly(run, () => {
      while ([...run.groups.values()].some((group) => moveOn(run, group))) {
        // Each round may have opened the way for other jobs.
      }
    });
    if ([...run.groups.values()].every((group) => group.result !== null)) finish(run);
    offers.offerJobs();
  }

  /** Runs an action that concludes several jobs, with no move between one and the next. */
  function quietly(run: Run, action: () => void): void {
    const outermost = !advancing.has(run);
    advancing.add(run);
    try {
      action();
    } finally {
      if (outermost) advancing.delete(run);
    }
  }

  /** Whether something changed that other jobs may wait for. */
  function moveOn(run: Run, group: JobGroup): boolean {
    if (group.result !== null) return false;
    if (group.jobs.length === 0) {
      if (!isReady(run, group)) return false;
      open(run, group);
    }
    release(group);
    if (group.jobs.some((job) => job.status !== 'completed')) return false;
    close(group);
    return true;
  }

  function open(run: Run, group: JobGroup): void {
    const contexts = planContexts(run, group, variablesOf(store, run.repository), address);
    const only = () => newJob(store, run, group, unplannedLeg(group), clock.now());
    try {
      if (shouldRun(group.definition.condition, contexts, statusOfNeeds(run, group))) {
        group.plan = planJob(group.definition, contexts);
        for (const leg of group.plan.legs) newJob(store, run, group, leg, clock.now());
      } else {
        conclude(only(), 'skipped');
      }
    } catch (error) {
      const job = only();
      const { line } = group.definition.at;
      job.annotations.push({
        ...note('failure', messageOf(error)),
        path: run.file,
        startLine: line,
      });
      conclude(job, 'failure');
    }
  }

  function release(group: JobGroup): void {
    const limit = group.plan?.maxParallel ?? 0;
    const active = group.jobs.filter(
      (job) => job.status === 'queued' || job.status === 'in_progress',
    );
    const pending = group.jobs.filter((job) => job.status === 'pending');
    for (const job of pending.slice(0, Math.max(0, limit - active.length))) enqueue(job);
  }

  function enqueue(job: Job): void {
    job.status = 'queued';
    job.queuedAt = clock.now();
    store.queue.add(job);
    timers.set('queue', job, QUEUE_LIMIT_MS);
    log.info('job queued', { job: job.id, name: job.leg.displayName, labels: job.leg.labels });
    announce.job('queued', job);
  }

  function finish(run: Run): void {
    run.status = 'completed';
    run.updatedAt = clock.now();
    run.conclusion = conclusionOf(run);
    log.info('run completed', { run: run.id, name: run.name, conclusion: run.conclusion });
    announce.run('completed', run);
  }

  return { advance, quietly };
}

const isReady = (run: Run, group: JobGroup): boolean =>
  group.definition.needs.every((id) => (run.groups.get(id)?.result ?? null) !== null);

/** Outputs of the legs together: of equal names the last non-empty one wins. */
function close(group: JobGroup): void {
  group.result = combinedResult(
    group.jobs.map((job) => ({
      result: job.conclusion ?? 'failure',
      continueOnError: job.leg.continueOnError,
    })),
  );
  const ended = [...group.jobs].sort((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0));
  group.outputs = Object.assign({}, ...ended.map((job) => job.outputs)) as Record<string, string>;
}

function conclusionOf(run: Run): Conclusion {
  const results = [...run.groups.values()].map((group) => group.result);
  if (results.includes('failure')) return 'failure';
  if (run.cancelled || results.includes('cancelled')) return 'cancelled';
  return results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}
