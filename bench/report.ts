import { readFileSync } from 'node:fs';
import type nodeOs from 'node:os';

/** One row of the result. */
export interface Result {
  readonly name: string;
  /** What was measured, in words and numbers. */
  readonly executor: string;
  readonly bare: string;
  /** The figure that counts, and what it has to be. */
  readonly figure: string;
  readonly goal: string;
  /** Null where there is no goal. */
  readonly reached: boolean | null;
  /** Every single measurement. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

export interface Machine {
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly system: string;
  readonly node: string;
  /** Load of the last minute before the run: others may have used the machine. */
  readonly load: number;
  readonly at: string;
}

const loadAtStart = readLoad();

function readLoad(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
  } catch {
    return Number.NaN;
  }
}

export function describeMachine(os: typeof nodeOs): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cpus: os.cpus().length,
    memoryMb: Math.round(os.totalmem() / 1024 / 1024),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    load: loadAtStart,
    at: new Date().toISOString(),
  };
}

const HEAD = ['', 'executor', 'bare', 'figure', 'goal', 'reached'];

export function printTable(machine: Machine, results: readonly Result[]): void {
  const { cpu, cpus, memoryMb, system, node, load } = machine;
  const rows = results.map(({ name, executor, bare, figure, goal, reached }) => [
    name,
    executor,
    bare,
    figure,
    goal,
    reached === null ? '-' : reached ? 'yes' : 'no',
  ]);
  const widths = HEAD.map((_, column) =>
    Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `${row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  process.stdout.write(
    `\n${cpus} x ${cpu}, ${memoryMb} MiB, ${system}, Node ${node}, load before ${load}\n\n`,
  );
  for (const row of [HEAD, widths.map((width) => '-'.repeat(width)), ...rows]) {
    process.stdout.write(line(row));
  }
}

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((left, right) => left - right);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}
