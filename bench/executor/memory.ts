import { openUnit, runBenchJob } from './scene.ts';

/** In MiB. */
export interface MemorySeen {
  /** Before any output: the program is loaded, the step host is open, one small job was run. */
  readonly before: number;
  readonly peak: number;
  /** What JavaScript held outside of its heap at most: buffers. */
  readonly peakBuffers: number;
  readonly seconds: number;
}

const LOOK_EVERY_MS = 20;
const MIB = 1024 * 1024;

/** Runs a script in a unit and watches this process meanwhile. */
export async function measureMemory(args: readonly string[]): Promise<void> {
  const [container = '', port = '', logs = '', script = '', secrets = ''] = args;
  const place = { host: await openUnit(container), port: Number(port), logs };
  const known = Object.fromEntries(Object.entries(JSON.parse(secrets) as string[]).map(named));
  await runBenchJob(place, { steps: ['true'], secrets: known });
  const before = process.memoryUsage().rss;
  let peak = before;
  let peakBuffers = 0;
  const timer = setInterval(() => {
    const { rss, external } = process.memoryUsage();
    peak = Math.max(peak, rss);
    peakBuffers = Math.max(peakBuffers, external);
  }, LOOK_EVERY_MS);
  const { seconds } = await runBenchJob(place, { steps: [script], secrets: known });
  clearInterval(timer);
  const seen: MemorySeen = {
    before: before / MIB,
    peak: peak / MIB,
    peakBuffers: peakBuffers / MIB,
    seconds,
  };
  process.send?.({ seen });
}

const named = ([n, value]: [string, string]): [string, string] => [`SECRET_${n}`, value];
