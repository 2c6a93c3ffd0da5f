import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { systemClock } from '../../adapters/system/clock.ts';
import { createLog } from '../../adapters/telemetry/pino-log.ts';
import { SUMMARY_LEGEND, summaryLines, type Verdict } from '../../cli/job-table.ts';
import { createLiveDisplay, type Terminal } from '../../cli/live-display.ts';
import { pushFolder } from '../../cli/push-folder.ts';
import type { Config } from '../../contract/config.ts';
import { allOver, type SeenJob, seeJobs } from '../job-views.ts';
import { type LocalLine, startLocalLine } from '../local-line.ts';

const REPOSITORY = 'demo/sample';
const REFRESH_MS = 120;
const GIVE_UP_MS = 5 * 60_000;

export interface DemoOptions {
  readonly config: Config;
  readonly once: boolean;
  readonly out: Terminal;
  /** Folder of the project, which holds `examples/`. */
  readonly projectRoot: string;
  readonly searchPath: string;
  /** Aborted by SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
}

/** Pushes the sample repository, shows its jobs live and says what they came to. */
export async function demo(options: DemoOptions): Promise<number> {
  const { config, out } = options;
  const dataDir = path.resolve(config.dataDir);
  const logPath = path.join(dataDir, 'hub.log');
  out.write('Starting RunnerHub and the GitHub stand-in…\n');
  const log = createLog({ level: config.log.level, path: logPath });
  const line = await startLocalLine({ config, dataDir, log, ...(options.once ? { port: 0 } : {}) });
  try {
    out.write(
      `RunnerHub  ${line.hub.url}\nStand-in   ${line.standinUrl}\nHub's log  ${logPath}\n\n`,
    );
    const folder = path.join(options.projectRoot, 'examples', 'demo');
    await push(line, folder, options.searchPath);
    const jobs = await follow(line, options);
    const good = await summarize(jobs, folder, out);
    if (options.once || options.stop.aborted) return good ? 0 : 1;
    await stayUp(line, options);
    return 0;
  } finally {
    await line.stop();
  }
}

async function push(line: LocalLine, folder: string, searchPath: string): Promise<void> {
  await line.addRepository(REPOSITORY, true);
  const remote = `${line.standinUrl}/${REPOSITORY}.git`;
  await pushFolder({ folder, remote, token: line.token, searchPath });
}

/** Redraws until every job is over, the user stops it, or the time for a demo is up. */
async function follow(line: LocalLine, { out, stop }: DemoOptions): Promise<readonly SeenJob[]> {
  const display = createLiveDisplay(out);
  const giveUpAt = systemClock.now() + GIVE_UP_MS;
  for (;;) {
    const runs = await line.standin.runs(REPOSITORY);
    const jobs = await seeJobs(
      line.standin,
      line.hub.ledger,
      REPOSITORY,
      runs.map((run) => run.id).sort((a, b) => a - b),
    );
    display.update(
      jobs.map((job) => job.view),
      systemClock.now(),
    );
    if (allOver(jobs) || stop.aborted || systemClock.now() > giveUpAt) {
      display.end();
      return jobs;
    }
    await systemClock.sleep(REFRESH_MS, stop);
  }
}

/** Prints the table; true when every job that was expected came to what was expected. */
async function summarize(
  jobs: readonly SeenJob[],
  folder: string,
  out: Terminal,
): Promise<boolean> {
  const text = await readFile(path.join(folder, 'expected.yml'), 'utf8');
  const expected = new Map(Object.entries(parseYaml(text) as Record<string, string>));
  const verdicts: Verdict[] = jobs.map(({ view }) => ({
    job: view,
    expected: expected.get(view.name) ?? null,
  }));
  out.write(`\n${summaryLines(verdicts).join('\n')}\n${SUMMARY_LEGEND.join('\n')}\n`);
  const met = verdicts.filter(({ job, expected: wanted }) => job.conclusion === wanted).length;
  const good = met === expected.size && verdicts.length === expected.size;
  out.write(
    good
      ? `\nAll ${met} jobs ended as expected.\n`
      : `\n${met} of ${expected.size} jobs ended as expected.\n`,
  );
  return good;
}

async function stayUp(line: LocalLine, { out, stop }: DemoOptions): Promise<void> {
  out.write(
    `\nStill running. Jobs as JSON: ${line.hub.url}/api/v1/jobs\nCtrl-C stops everything.\n`,
  );
  while (!stop.aborted) await systemClock.sleep(3_600_000, stop);
  out.write('\nStopping…\n');
}
