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

  async function printNew(job: SeenJob, step: number, over: boolean): Promise<void> {
    const id = jobIdOf(job.listed.id);
    const key = `${id}/${step}`;
    const from = seen.get(key) ?? 0;
    const text = await hub.logs.read(id, step, from);
    // An unfinished last line is left for the next look.
    const end = over ? text.length : text.lastIndexOf('\n') + 1;
    const fresh = text.slice(0, end);
    seen.set(key, from + Buffer.byteLength(fresh));
    for (const line of withoutTimestamps(fresh)
      .split('\n')
      .slice(0, fresh.endsWith('\n') ? -1 : undefined)) {
      if (fresh !== '') out?.write(`${job.listed.name} | ${line}\n`);
    }
  }

  return {
    async update(jobs) {
      if (out === null) return;
      for (const job of jobs) {
        if (ended.has(job.listed.id)) continue;
        const over = job.view.state === 'completed';
        for (const step of job.view.steps) await printNew(job, step.number, over);
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
