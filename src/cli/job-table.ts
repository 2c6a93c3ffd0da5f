import { between, duration, type JobView, markOf, placeOf, runTimeMs } from './job-view.ts';

/** Text columns as wide as their widest cell. Control characters of job names do not reach here. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell.padEnd(widths?.[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** The live lines: one per job, cut to the width of the terminal. */
export const liveLines = (
  jobs: readonly JobView[],
  now: number,
  width: number,
): readonly string[] =>
  columns(
    jobs.map((job) => [
      `${markOf(job)} ${job.workflow} / ${job.name}`,
      duration(runTimeMs(job, now)).padStart(8),
      steps(job),
      placeOf(job),
    ]),
  ).map((line) => (line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line));

/** A tick per step: done, failed, under way. */
const steps = (job: JobView): string =>
  job.steps
    .map((step) => {
      if (step.conclusion === null) return step.startedAt === null ? '·' : '▸';
      return { success: '✓', failure: '✗', skipped: '–' }[step.conclusion] ?? '⊘';
    })
    .join('');

export interface Verdict {
  readonly job: JobView;
  readonly expected: string | null;
}

/** The summary: what every job came to and how long each part of its way took. */
export function summaryLines(verdicts: readonly Verdict[]): readonly string[] {
  const head = [
    '',
    'job',
    'conclusion',
    'expected',
    'webhook',
    'container',
    'runner',
    'first step',
    'total',
  ];
  const rows = verdicts.map(({ job, expected }) => {
    const { timestamps: at } = job;
    return [
      markOf(job),
      `${job.workflow} / ${job.name}`,
      job.conclusion ?? job.state,
      expected ?? '',
      duration(between(at.queued_at, at.webhook_received_at)),
      duration(between(at.decided_at, at.container_ready_at)),
      duration(between(at.decided_at, at.runner_online_at)),
      duration(between(at.queued_at, at.first_step_at)),
      duration(between(at.queued_at, job.completedAt)),
    ];
  });
  return columns([head, ...rows]);
}

/** What the columns of the summary measure. */
export const SUMMARY_LEGEND = [
  'webhook: queued at GitHub until committed here · container, runner: decision until ready, online',
  'first step, total: queued at GitHub until the first step began, until the job ended',
];
