import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Request, Router } from 'express';
import {
  type JobDetailView,
  type JobListView,
  type JobView,
  jobListQuery,
  type StepView,
} from '../contract/job-view.ts';
import { AppError } from '../domain/errors.ts';
import { type JobId, jobIdOf } from '../domain/ids.ts';
import { describeWaiting } from '../domain/waiting-reason.ts';
import type { JobFilter, JobLedger, JobRecord, StepRow } from '../ports/job-ledger.ts';
import type { LogStore } from '../ports/log-store.ts';

export interface JobsDeps {
  readonly ledger: Pick<JobLedger, 'get' | 'list' | 'steps' | 'outputs'>;
  readonly logs: Pick<LogStore, 'read'>;
  /** Milliseconds until a queued job's turn; null where there is no data. */
  readonly estimate: (job: JobRecord) => Promise<number | null>;
}

/** The jobs, to be read: a list, one with its steps, and its log. */
export function jobsRoutes({ ledger, logs, estimate }: JobsDeps): Router {
  const router = Router();
  router.get('/api/v1/jobs', async (request, response) => {
    const jobs = await ledger.list(filterOf(request));
    const views = await Promise.all(jobs.map((job) => viewOfJob(job, estimate)));
    response.json({ jobs: views } satisfies JobListView);
  });
  router.get('/api/v1/jobs/:id', async (request, response) => {
    const job = await jobOf(ledger, request);
    const [steps, outputs] = await Promise.all([ledger.steps(job.id), ledger.outputs(job.id)]);
    const view = await viewOfJob(job, estimate);
    const detail = { ...view, steps: steps.map(viewOfStep), outputs };
    response.json(detail satisfies JobDetailView);
  });
  router.get('/api/v1/jobs/:id/logs', async (request, response) => {
    const job = await jobOf(ledger, request);
    const steps = chosenSteps(await ledger.steps(job.id), request);
    response.type('text/plain; charset=utf-8');
    await pipeline(Readable.from(textOf(logs, job.id, steps)), response);
  });
  return router;
}

/** Piece by piece, as fast as the client takes it. */
async function* textOf(
  logs: JobsDeps['logs'],
  job: JobId,
  steps: readonly StepRow[],
): AsyncGenerator<string> {
  for (const { number } of steps) {
    for await (const { text } of logs.read(job, number)) yield text;
  }
}

function filterOf(request: Request): JobFilter {
  const parsed = jobListQuery.safeParse(request.query);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'query'}: ${message}`,
    );
    throw new AppError('bad-request', problems.join('; '));
  }
  const { state, repository, runId, limit } = parsed.data;
  return {
    limit,
    ...(state === undefined ? {} : { states: state }),
    ...(repository === undefined ? {} : { repository }),
    ...(runId === undefined ? {} : { runId }),
  };
}

async function jobOf(ledger: JobsDeps['ledger'], request: Request): Promise<JobRecord> {
  const id = parsedId(String(request.params['id']));
  const job = id === null ? null : await ledger.get(id);
  if (job === null) throw new AppError('not-found', 'There is no such job.');
  return job;
}

function parsedId(text: string): JobId | null {
  const number = /^job_([1-9]\d{0,15})$/.exec(text)?.[1];
  return number === undefined ? null : jobIdOf(Number(number));
}

/** `?step=N` chooses one step. */
function chosenSteps(steps: readonly StepRow[], request: Request): readonly StepRow[] {
  const { step } = request.query;
  if (step === undefined) return steps;
  const chosen = steps.filter(({ number }) => String(number) === step);
  if (chosen.length === 0) throw new AppError('not-found', 'The job has no such step.');
  return chosen;
}

async function viewOfJob(
  { waitingSince, ...record }: JobRecord,
  estimate: JobsDeps['estimate'],
): Promise<JobView> {
  const { waiting, labels, egress, ...job } = record;
  const lists = { labels: [...labels], egress: egress === null ? null : [...egress] };
  if (waiting === null) return { ...job, ...lists, waiting: null };
  const { code } = waiting;
  const startsInMs = await estimate({ waitingSince, ...record });
  const said = { code, sentence: describeWaiting(waiting), since: waitingSince, startsInMs };
  return { ...job, ...lists, waiting: said };
}

const viewOfStep = (step: StepRow): StepView => ({
  ...step,
  durationMs:
    step.startedAt === null || step.completedAt === null
      ? null
      : Date.parse(step.completedAt) - Date.parse(step.startedAt),
});
