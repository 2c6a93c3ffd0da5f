import { duration, markOf, runTimeMs } from '../cli/job-view.ts';
import type { Terminal } from '../cli/live-display.ts';
import { jobIdOf } from '../domain/ids.ts';
import type { Hub } from './hub.ts';
import type { SeenJob } from './job-views.ts';
import { withoutTimestamps } from './run-report.ts';

export interface RunLog {
  /** Prints what is new in the logs of the jobs, step by step, and the end of each job. */
  update(jobs: readonly SeenJob[]): Promise<void>;
}

/** Prints lines with the name of their job in front; `out` null prints nothing. */
export function createRunLog(hub: Hub, out: Terminal | null): RunLog {
  const seen = new Map<string, number>();
  const ended = new Set<number>();

  async function printNew(job: SeenJob, step: number): Promise<void> {
    const id = jobIdOf(job.listed.id);
    const key = `${id}/${step}`;
    for await (const { text, next } of hub.logs.read(id, step, seen.get(key) ?? 0)) {
      seen.set(key, next);
      for (const line of withoutTimestamps(text).split('\n').slice(0, -1)) {
        out?.write(`${job.listed.name} | ${line}\n`);
      }
    }
  }

  return {
    async update(jobs) {
      if (out === null) return;
      for (const job of jobs) {
        if (ended.has(job.listed.id)) continue;
        const over = job.view.state === 'completed';
        for (const step of job.view.steps) await printNew(job, step.number);
        if (!over) continue;
        ended.add(job.listed.id);
        const detail = job.record?.failureDetail ?? '';
        const took = duration(runTimeMs(job.view, 0));
        out.write(
          `${markOf(job.view)} ${job.listed.name}: ${job.view.conclusion} ${took} ${detail}`.trimEnd(),
        );
        out.write('\n');
      }
    },
  };
}
