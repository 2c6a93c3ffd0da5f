import { liveLines } from './job-table.ts';
import { type JobView, markOf, placeOf } from './job-view.ts';

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface LiveDisplay {
  update(jobs: readonly JobView[], now: number): void;
  /** Leaves the last picture standing. */
  end(): void;
}

/** Redraws in place on a terminal; elsewhere prints one line for every change. */
export const createLiveDisplay = (out: Terminal): LiveDisplay =>
  out.isTTY ? redrawing(out) : printing(out);

function redrawing(out: Terminal): LiveDisplay {
  let drawn = 0;
  return {
    update(jobs, now) {
      const lines = liveLines(jobs, now, out.columns ?? 80);
      const up = drawn > 0 ? `\u001b[${drawn}A` : '';
      out.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`);
      drawn = lines.length;
    },
    end() {
      drawn = 0;
    },
  };
}

function printing(out: Terminal): LiveDisplay {
  const last = new Map<string, string>();
  return {
    update(jobs) {
      for (const job of jobs) {
        const name = `${job.workflow} / ${job.name}`;
        const line = `${markOf(job)} ${name}: ${placeOf(job)}`;
        if (last.get(name) !== line) out.write(`${line}\n`);
        last.set(name, line);
      }
    },
    end() {
      last.clear();
    },
  };
}
