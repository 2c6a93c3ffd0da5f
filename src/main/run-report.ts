import { jobIdOf } from '../domain/ids.ts';
import type { JobTimestamps } from '../domain/timestamps.ts';
import type { StepRow } from '../ports/job-ledger.ts';
import type { LogPiece } from '../ports/log-store.ts';
import type { Hub } from './hub.ts';
import type { SeenJob } from './job-views.ts';

export interface StepReport {
  readonly number: number;
  readonly name: string;
  readonly outcome: string | null;
  readonly conclusion: string | null;
  readonly durationMs: number | null;
  /** The lines without their timestamps. */
  readonly log: string;
}

export interface JobReportDocument {
  readonly id: number;
  readonly workflow: string;
  readonly name: string;
  readonly conclusion: string | null;
  /** Set where the job's own steps are not the cause. */
  readonly failure: string | null;
  readonly failureDetail: string | null;
  readonly outputs: Readonly<Record<string, string>>;
  readonly timestamps: JobTimestamps;
  readonly completedAt: string | null;
  readonly steps: readonly StepReport[];
}

/** The `--json` document's entry of one job. */
export async function reportJob(
  hub: Hub,
  { listed, record, view }: SeenJob,
): Promise<JobReportDocument> {
  const id = jobIdOf(listed.id);
  const rows = record === null ? [] : await hub.ledger.steps(id);
  return {
    id: listed.id,
    workflow: listed.workflow_name,
    name: listed.name,
    conclusion: record?.conclusion ?? listed.conclusion,
    failure: record?.failure ?? null,
    failureDetail: record?.failureDetail ?? null,
    outputs: record === null ? {} : await hub.ledger.outputs(id),
    timestamps: view.timestamps,
    completedAt: view.completedAt,
    steps: await Promise.all(
      rows.map(async (row) => reportStep(row, await textOf(hub.logs.read(id, row.number)))),
    ),
  };
}

async function textOf(pieces: AsyncIterable<LogPiece>): Promise<string> {
  let all = '';
  for await (const { text } of pieces) all += text;
  return all;
}

const reportStep = (row: StepRow, log: string): StepReport => ({
  number: row.number,
  name: row.name,
  outcome: row.outcome,
  conclusion: row.conclusion,
  durationMs:
    row.startedAt === null || row.completedAt === null
      ? null
      : Date.parse(row.completedAt) - Date.parse(row.startedAt),
  log: withoutTimestamps(log),
});

/** Takes the instant off every line that begins with one (protocol E.3). */
export const withoutTimestamps = (text: string): string =>
  text.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /gm, '');

export const EXIT = { success: 0, jobFailed: 1, badInput: 2, infrastructure: 3 } as const;

/** The exit code that the jobs ask for; an infrastructure failure outweighs a failed job. */
export function exitCodeOf(
  jobs: readonly Pick<JobReportDocument, 'conclusion' | 'failure'>[],
): number {
  if (jobs.some((job) => job.failure !== null)) return EXIT.infrastructure;
  const good = jobs.every((job) => job.conclusion === 'success' || job.conclusion === 'skipped');
  return good ? EXIT.success : EXIT.jobFailed;
}
