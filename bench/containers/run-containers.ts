import os from 'node:os';
import { parseArgs } from 'node:util';
import { measurementTable } from '../measurement.ts';
import { describeMachine } from '../report.ts';
import { benchContainers, CONTAINER_SIZES } from './bench-containers.ts';

const positive = (text: string | undefined, fallback: number): number =>
  text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : fallback;

/** `npm run bench -- containers`: a table, or with --json one document. */
export async function runContainers(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      count: { type: 'string' },
      'idle-seconds': { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const sizes = {
    rounds: positive(values.rounds, CONTAINER_SIZES.rounds),
    count: positive(values.count, CONTAINER_SIZES.count),
    idleSeconds: positive(values['idle-seconds'], CONTAINER_SIZES.idleSeconds),
  };
  const say = (text: string) => void process.stderr.write(`bench: ${text}\n`);
  const results = await benchContainers(sizes, say);
  const machine = describeMachine(os);
  process.stdout.write(
    values.json === true
      ? `${JSON.stringify({ bench: 'containers', machine, results }, null, 2)}\n`
      : measurementTable(machine, results),
  );
}
