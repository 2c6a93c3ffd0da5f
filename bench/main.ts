import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runInChild } from './child.ts';
import { runContainers } from './containers/run-containers.ts';
import { benchExecutor, DEFAULT_SIZES, type Sizes } from './executor/executor.ts';
import { runPure } from './pure.ts';
import { describeMachine, printTable } from './report.ts';
import { runStandinBench } from './standin/run-standin.ts';

const HELP = `Usage: npm run bench -- executor [options]
       npm run bench -- router | schedule [--json]
       npm run bench -- containers [--rounds N] [--count N] [--idle-seconds N] [--json]
       npm run bench -- standin [--idle N] [--jobs-per-minute N] [--minutes N] [--json]

router and schedule measure decisions: where a job may run, with 1,000 pools and 10,000 rules, and the
plan of 100,000 queued jobs. With --json they print one document.

containers measures warm hand-over, cold start, refill and what idle containers cost the hub against
the bare Docker Engine API, in one run.

standin measures the GitHub stand-in in one process: 5,000 idle runners hold their long polls while 2,000
jobs a minute are queued, announced and done, beside a bare HTTP server with as many open requests.

Measures the executor on this machine against the bare Docker Engine API, in one run:
  steps    20 trivial steps against 20 bare exec calls
  log      a large log through commands, masking and log store, against the bare demultiplexed
           stream of the same output
  uploads  the same with the live feed and both uploads to a receiver on this machine
  memory   growth of a process over a very large log, with live feed and uploads

Needs what \`npm test\` needs and sets it up; removes everything it made. Ends with 0 when it could
measure, whatever it found.

Options:
  --only NAME[,NAME]  leave out the other parts
  --rounds N          measurements of each kind, of which the median counts (${DEFAULT_SIZES.rounds})
  --log-mb N          size of the log (${DEFAULT_SIZES.logMb})
  --memory-mb N       size of the very large log (${DEFAULT_SIZES.memoryMb})
  --json FILE         where the result goes (dist/bench-executor.json)
  --help
`;

const PARTS = ['steps', 'log', 'uploads', 'memory'] as const;

interface Order {
  readonly sizes: Sizes;
  readonly json: string;
}

class UsageError extends Error {}

function readOrder(args: readonly string[]): Order | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      'log-mb': { type: 'string' },
      'memory-mb': { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return null;
  if (positionals.length !== 1 || positionals[0] !== 'executor') {
    throw new UsageError('name the benchmark: executor');
  }
  const only = values.only?.split(',') ?? [...PARTS];
  const unknown = only.find((part) => !PARTS.some((known) => known === part));
  if (unknown !== undefined) throw new UsageError(`--only: no part is called '${unknown}'`);
  const sizes = {
    parts: PARTS.filter((part) => only.includes(part)),
    rounds: positive('--rounds', values.rounds, DEFAULT_SIZES.rounds),
    logMb: positive('--log-mb', values['log-mb'], DEFAULT_SIZES.logMb),
    memoryMb: positive('--memory-mb', values['memory-mb'], DEFAULT_SIZES.memoryMb),
  };
  return { sizes, json: values.json ?? path.join('dist', 'bench-executor.json') };
}

function positive(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`${option}: a whole number from 1 on`);
  return Number(text);
}

async function main(args: readonly string[]): Promise<number> {
  if (runPure(args[0], args.includes('--json'))) return 0;
  let order: Order | null;
  try {
    order = readOrder(args);
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\nTry: npm run bench -- --help\n`);
    return 2;
  }
  if (order === null) {
    process.stdout.write(HELP);
    return 0;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const say = (text: string) => void process.stderr.write(`bench: ${text}\n`);
  const results = await benchExecutor(order.sizes, say, stop.signal);
  const machine = describeMachine(os);
  printTable(machine, results);
  writeFileSync(order.json, `${JSON.stringify({ machine, results }, null, 2)}\n`);
  process.stdout.write(`\nwritten to ${order.json}\n`);
  return 0;
}

const [role, ...rest] = process.argv.slice(2);
if (role === 'child') {
  await runInChild(rest);
} else if (role === 'containers') {
  await runContainers(rest);
} else if (role === 'standin') {
  await runStandinBench(rest);
} else {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
