import os from 'node:os';
import { parseArgs } from 'node:util';
import { measurementTable } from '../measurement.ts';
import { describeMachine } from '../report.ts';
import { benchStandin, STANDIN_SIZES } from './bench-standin.ts';

const positive = (text: string | undefined, fallback: number): number =>
  text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : fallback;

/** `npm run bench -- standin`: a table, or with --json one document. */
export async function runStandinBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      idle: { type: 'string' },
      'jobs-per-minute': { type: 'string' },
      minutes: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const sizes = {
    idle: positive(values.idle, STANDIN_SIZES.idle),
    jobsPerMinute: positive(values['jobs-per-minute'], STANDIN_SIZES.jobsPerMinute),
    minutes: positive(values.minutes, STANDIN_SIZES.minutes),
  };
  const machine = describeMachine(os);
  const say = (text: string) => void process.stderr.write(`bench: ${text}\n`);
  const results = await benchStandin(sizes, say);
  process.stdout.write(
    values.json === true
      ? `${JSON.stringify({ bench: 'standin', machine, results }, null, 2)}\n`
      : measurementTable(machine, results),
  );
}
