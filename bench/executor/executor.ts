import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { JobSpec } from '../../test/support/job-message.ts';
import { type Child, startChild } from '../child.ts';
import { median, type Result } from '../report.ts';
import { bareExec } from './bare.ts';
import { makeLogBlock, makeSecrets } from './log-block.ts';
import type { MemorySeen } from './memory.ts';
import type { Received } from './receiver.ts';
import { makeUnit, runBenchJob, type Unit } from './scene.ts';

export interface Sizes {
  readonly parts: readonly ('steps' | 'log' | 'uploads' | 'memory')[];
  readonly rounds: number;
  readonly logMb: number;
  readonly memoryMb: number;
}

export const DEFAULT_SIZES = { rounds: 5, logMb: 500, memoryMb: 2000 } as const;

const STEPS = 20;
const SECRETS = 200;
const MB = 1_000_000;
const BLOCK_MB = 10;
const BLOCK_PATH = '/home/runner/_work/block.log';

type Say = (text: string) => void;

interface Scene {
  readonly unit: Unit;
  readonly receiver: Child;
  readonly port: number;
  readonly logs: string;
  readonly secrets: readonly string[];
  readonly block: Buffer;
}

/** All parts in one container, one after the other; removes what it made, also when stopped. */
export async function benchExecutor(sizes: Sizes, say: Say, stop: AbortSignal): Promise<Result[]> {
  say('setting up');
  await setUp();
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'runnerhub-bench-'));
  try {
    await using receiver = startChild('receiver', []);
    const port = await receiver.message<number>('port');
    await using unit = await makeUnit(scratch);
    const secrets = makeSecrets(SECRETS);
    const block = makeLogBlock(BLOCK_MB * MB, secrets);
    await unit.host.put([{ path: BLOCK_PATH, content: block }]);
    const scene = { unit, receiver, port, logs: path.join(scratch, 'logs'), secrets, block };
    const run = { steps: benchSteps, log: benchLog, uploads: benchUploads, memory: benchMemory };
    const results: Result[] = [];
    for (const part of sizes.parts) {
      stop.throwIfAborted();
      results.push(await run[part](scene, sizes, say, stop));
    }
    return results;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Docker and the job image, exactly as for the tests. Its words go to standard error. */
async function setUp(): Promise<void> {
  const code = await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/setup/main.mjs'], {
      stdio: ['ignore', process.stderr, process.stderr],
    });
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error('the set-up failed');
}

const place = ({ unit, port, logs }: Scene) => ({ host: unit.host, port, logs });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1e9;
}

/** Measures both in turn, so that a neighbour's load meets both alike. */
async function interleave(
  rounds: number,
  kinds: Readonly<Record<'bare' | 'executor', () => Promise<number>>>,
  each: (round: number, seen: Record<'bare' | 'executor', number>) => void,
): Promise<Record<'bare' | 'executor', number[]>> {
  const samples = { bare: [] as number[], executor: [] as number[] };
  for (let round = 1; round <= rounds; round += 1) {
    const seen = { bare: await kinds.bare(), executor: await kinds.executor() };
    samples.bare.push(seen.bare);
    samples.executor.push(seen.executor);
    each(round, seen);
  }
  return samples;
}

async function benchSteps(scene: Scene, { rounds }: Sizes, say: Say, stop: AbortSignal) {
  const steps = Array.from({ length: STEPS }, () => 'true');
  const kinds = {
    bare: () =>
      timed(async () => {
        for (let n = 0; n < STEPS; n += 1) await bareExec(scene.unit.id, ['sh', '-c', 'true']);
      }),
    executor: async () => (await runBenchJob(place(scene), { steps })).seconds,
  };
  await kinds.executor(); // the first job of a process compiles the program
  const samples = await interleave(rounds, kinds, (round, { bare, executor }) => {
    stop.throwIfAborted();
    say(`steps ${round}/${rounds}: bare ${ms(bare)}, executor ${ms(executor)}`);
  });
  const ratio = median(samples.executor) / median(samples.bare);
  return {
    name: `${STEPS} trivial steps`,
    executor: ms(median(samples.executor)),
    bare: ms(median(samples.bare)),
    figure: `${ratio.toFixed(2)} of the bare time`,
    goal: 'at most 1.00, aim 0.20',
    reached: ratio <= 1,
    samples,
  };
}

/** Prints the block over and over: the same command for both. */
const printing = (megabytes: number) =>
  `i=0; while [ $i -lt ${Math.ceil(megabytes / BLOCK_MB)} ]; do cat ${BLOCK_PATH}; i=$((i+1)); done`;

const printed = (scene: Scene, megabytes: number) =>
  scene.block.length * Math.ceil(megabytes / BLOCK_MB);

/** Through commands, masking and the log store. */
async function benchLog(scene: Scene, sizes: Sizes, say: Say, stop: AbortSignal): Promise<Result> {
  const run = async (spec: JobSpec, bytes: number): Promise<number> => {
    const { seconds, storedBytes } = await runBenchJob({ ...place(scene), port: null }, spec);
    if (storedBytes < bytes) throw new Error(`only ${storedBytes} bytes were stored`);
    return seconds;
  };
  const { ratio, ...row } = await compareLog(scene, sizes, run, (text) => say(`log ${text}`), stop);
  const goal = { goal: 'at least 0.50, aim 0.70', reached: ratio >= 0.5 };
  return { name: `log of ${sizes.logMb} MB, ${SECRETS} secrets`, ...row, ...goal };
}

/** The same, and the live console, the step's log and the job's log sent to GitHub's place. */
async function benchUploads(scene: Scene, sizes: Sizes, say: Say, stop: AbortSignal) {
  const run = async (spec: JobSpec, bytes: number): Promise<number> => {
    await receivedSince(scene);
    const { seconds } = await runBenchJob(place(scene), spec);
    check(await receivedSince(scene), bytes);
    return seconds;
  };
  const tell = (text: string) => say(`uploads ${text}`);
  const { ratio: _, ...row } = await compareLog(scene, sizes, run, tell, stop);
  return { name: 'the same with two uploads of it', ...row, goal: 'none', reached: null };
}

/** Runs a step that prints the log, and says in how many seconds. Throws unless all of it came. */
type LogRun = (spec: JobSpec, bytes: number) => Promise<number>;

async function compareLog(
  scene: Scene,
  { rounds, logMb }: Sizes,
  run: LogRun,
  say: Say,
  stop: AbortSignal,
) {
  const script = printing(logMb);
  const bytes = printed(scene, logMb);
  const secrets = Object.fromEntries(scene.secrets.map((value, n) => [`SECRET_${n}`, value]));
  const kinds = {
    bare: async () => {
      let seen = 0;
      const seconds = await timed(async () => {
        seen = await bareExec(scene.unit.id, ['sh', '-c', script]);
      });
      if (seen !== bytes) throw new Error(`the bare stream had ${seen} bytes instead of ${bytes}`);
      return bytes / MB / seconds;
    },
    executor: async () => bytes / MB / (await run({ steps: [script], secrets }, bytes)),
  };
  await kinds.bare();
  await kinds.executor();
  const samples = await interleave(rounds, kinds, (round, { bare, executor }) => {
    stop.throwIfAborted();
    say(`${round}/${rounds}: bare ${rate(bare)}, executor ${rate(executor)}`);
  });
  const ratio = median(samples.executor) / median(samples.bare);
  return {
    ratio,
    executor: rate(median(samples.executor)),
    bare: rate(median(samples.bare)),
    figure: `${ratio.toFixed(2)} of the bare rate`,
    samples,
  };
}

/** What arrived since this was asked last. */
async function receivedSince({ receiver }: Scene): Promise<Received> {
  const answer = receiver.message<Received>('received');
  receiver.send({ kind: 'report' });
  return answer;
}

/** Step log and job log must have arrived; with their timestamps they are longer than the output. */
function check(received: Received, bytes: number): void {
  const { logBytes, lineCounts, consoleMessages } = received;
  const job = Math.max(...lineCounts);
  const ofSteps = lineCounts.reduce((sum, lines) => sum + lines, 0) - job;
  if (logBytes >= 2 * bytes && job === ofSteps && consoleMessages > 0) return;
  throw new Error(`not all arrived: ${JSON.stringify(received)}`);
}

async function benchMemory(scene: Scene, { memoryMb }: Sizes, say: Say): Promise<Result> {
  const { unit, port, logs, secrets } = scene;
  say(`memory: a log of ${memoryMb} MB in a process of its own`);
  const args = [unit.id, String(port), logs, printing(memoryMb), JSON.stringify(secrets)];
  await using child = startChild('memory', args, programFlags());
  const { before, peak, peakBuffers, seconds } = await child.message<MemorySeen>('seen');
  say(`memory: ${rate(printed(scene, memoryMb) / MB / seconds)}`);
  const growth = peak - before;
  return {
    name: `memory over a log of ${memoryMb} MB`,
    executor: `${mib(before)} before, peak ${mib(peak)} (buffers ${mib(peakBuffers)})`,
    bare: '-',
    figure: `${mib(growth)} growth`,
    goal: 'under 64 MiB',
    reached: growth < 64,
    samples: { before: [before], peak: [peak], peakBuffers: [peakBuffers] },
  };
}

/** Node's options in the first line of the program: its memory is measured as users run it. */
function programFlags(): string[] {
  const [first = ''] = readFileSync('bin/runnerhub', 'utf8').split('\n');
  return first.split(' ').filter((word) => word.startsWith('--'));
}

const ms = (seconds: number) => `${Math.round(seconds * 1000)} ms`;
const rate = (mbPerSecond: number) => `${Math.round(mbPerSecond)} MB/s`;
const mib = (value: number) => `${value.toFixed(1)} MiB`;
