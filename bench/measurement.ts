import type { Machine } from './report.ts';

/** What a benchmark found, in the form that every benchmark prints with `--json`. */
export interface Measurement {
  readonly name: string;
  /** How many samples. */
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly unit: string;
  /** What the machine can do at best, measured in the same run; null where there is no such thing. */
  readonly limit: { readonly name: string; readonly p50: number; readonly p95: number } | null;
  readonly ratio_p50: number | null;
  readonly ratio_p95: number | null;
  /** What has to hold, in words; null where nothing has to. */
  readonly budget: string | null;
  readonly holds: boolean | null;
}

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
  readonly limit?: { readonly name: string; readonly samples: readonly number[] };
}

interface Budget {
  readonly text: string;
  readonly holds: (found: Omit<Measurement, 'budget' | 'holds'>) => boolean;
}

export function measurementOf(measured: Measured, budget?: Budget): Measurement {
  const { name, unit, samples, limit } = measured;
  const of = (list: readonly number[], percent: number) => rounded(percentile(list, percent));
  const found = {
    ...{ name, n: samples.length, unit },
    ...{ p50: of(samples, 50), p95: of(samples, 95), p99: of(samples, 99) },
    limit:
      limit === undefined
        ? null
        : { name: limit.name, p50: of(limit.samples, 50), p95: of(limit.samples, 95) },
  };
  const ratio = (percent: number): number | null =>
    limit === undefined
      ? null
      : rounded(percentile(samples, percent) / percentile(limit.samples, percent));
  const compared = { ...found, ratio_p50: ratio(50), ratio_p95: ratio(95) };
  return {
    ...compared,
    budget: budget?.text ?? null,
    holds: budget === undefined ? null : budget.holds(compared),
  };
}

/** The value below or at which so many percent of the samples lie. */
function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

const rounded = (value: number): number => Number(value.toPrecision(4));

const HEAD = ['', 'n', 'p50', 'p95', 'p99', 'limit', 'p50', 'p95', 'budget', 'holds'];

/** A table for people. */
export function measurementTable(machine: Machine, results: readonly Measurement[]): string {
  const { cpu, cpus, memoryMb, system, node, load } = machine;
  const rows = results.map((each) => [
    each.name,
    String(each.n),
    ...[each.p50, each.p95, each.p99].map((value) => `${value} ${each.unit}`),
    each.limit?.name ?? '-',
    ...[each.limit?.p50, each.limit?.p95].map((value) => (value === undefined ? '-' : `${value}`)),
    each.budget ?? '-',
    each.holds === null ? '-' : each.holds ? 'yes' : 'no',
  ]);
  const widths = HEAD.map((_, column) =>
    Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const lines = [HEAD, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${cpus} x ${cpu}, ${memoryMb} MiB, ${system}, Node ${node}, load before ${load}\n\n${lines.join('\n')}\n`;
}
