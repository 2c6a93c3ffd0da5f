import os from 'node:os';
import { type Measurement, measurementTable } from './measurement.ts';
import { describeMachine } from './report.ts';
import { benchRouter } from './schedule/bench-router.ts';
import { benchSchedule } from './schedule/bench-schedule.ts';

/** Benchmarks of pure decisions: they need nothing but this machine's processor. */
const PURE: Readonly<Record<string, () => readonly Measurement[]>> = {
  router: benchRouter,
  schedule: benchSchedule,
};

/** Runs the benchmark of this name and prints what it found; false when there is none of the name. */
export function runPure(name: string | undefined, asJson: boolean): boolean {
  const bench = PURE[name ?? ''];
  if (bench === undefined) return false;
  const results = bench();
  const machine = describeMachine(os);
  process.stdout.write(
    asJson
      ? `${JSON.stringify({ bench: name, machine, results }, null, 2)}\n`
      : measurementTable(machine, results),
  );
  return true;
}
