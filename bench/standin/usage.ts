import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** What a process that is measured has used since it was asked last. */
export interface Usage {
  /** Resident memory now, in bytes. */
  readonly rss: number;
  /** Seconds of processor time. */
  readonly cpu: number;
  /** Delay of the event loop over what was asked for, in milliseconds. */
  readonly lag: { readonly p50: number; readonly p95: number; readonly p99: number };
}

const RESOLUTION_MS = 10;

/** Answers each `{ usage: true }` of the parent with what this process has used since the last one. */
export function reportUsage(): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  let cpu = process.cpuUsage();
  process.on('message', (message: object) => {
    if (!('usage' in message)) return;
    const used = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const usage: Usage = {
      rss: process.memoryUsage.rss(),
      cpu: (used.user + used.system) / 1e6,
      lag: { p50: lagAt(delay, 50), p95: lagAt(delay, 95), p99: lagAt(delay, 99) },
    };
    delay.reset();
    process.send?.({ used: usage });
  });
}

const lagAt = (delay: IntervalHistogram, percent: number): number =>
  Math.max(0, delay.percentile(percent) / 1e6 - RESOLUTION_MS);
