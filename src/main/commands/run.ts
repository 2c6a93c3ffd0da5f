import path from 'node:path';
import type { Problem } from '../../actions/workflow-model.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { createLog } from '../../adapters/telemetry/pino-log.ts';
import type { Terminal } from '../../cli/live-display.ts';
import type { RunOptions } from '../../cli/program.ts';
import { pushFolder } from '../../cli/push-folder.ts';
import type { Config } from '../../contract/config.ts';
import { type PoolConfig, poolConfig } from '../../contract/pool-config.ts';
import { AppError, isAppError, messageOf } from '../../domain/errors.ts';
import type { ContainerEngine } from '../../ports/container-engine.ts';
import { hostSetups } from '../compose-engine.ts';
import { poolsOf } from '../config.ts';
import { allOver, type SeenJob, seeJobs } from '../job-views.ts';
import { type LocalLine, startLocalLine } from '../local-line.ts';
import { createRunLog } from '../run-log.ts';
import { literalLabels, planRun, type RunPlan } from '../run-plan.ts';
import { EXIT, exitCodeOf, reportJob } from '../run-report.ts';
import { takeRunSlot } from '../run-slot.ts';
import { openTarget, type RunTarget } from '../run-target.ts';

const REFRESH_MS = 60;

export interface RunContext {
  readonly config: Config;
  readonly out: Terminal;
  readonly err: Terminal;
  readonly searchPath: string;
  /** Aborted by SIGINT and SIGTERM: the runs are cancelled, posts still run. */
  readonly stop: AbortSignal;
}

/** Runs workflows through the whole line on this machine; answers the exit code. */
export async function run(
  targetPath: string,
  options: RunOptions,
  context: RunContext,
): Promise<number> {
  const target = await openTarget(targetPath);
  if ('problems' in target) return badInput(target.problems, options, context);
  await using opened = target;
  const plan = planRun(opened.workflows, options);
  if ('problems' in plan) return badInput(plan.problems, options, context);
  try {
    return await runPlan(plan, opened, options, context);
  } catch (error) {
    if (isAppError(error, 'bad-request')) {
      return badInput(
        [{ file: targetPath, line: 1, column: 1, message: error.message }],
        options,
        context,
      );
    }
    return broken(error, options, context);
  }
}

async function runPlan(
  plan: RunPlan,
  target: RunTarget,
  options: RunOptions,
  context: RunContext,
): Promise<number> {
  const { config } = context;
  using slot = takeRunSlot(path.resolve(config.dataDir));
  const log = createLog({ level: config.log.level, path: path.join(slot.dir, 'hub.log') });
  const pools = poolsFor(config, plan, target.known);
  for (const { engine } of hostSetups(config, log)) await demandDocker(engine, pools);
  const line = await startLocalLine({
    config,
    dataDir: slot.dir,
    log,
    pools,
    port: 0,
  });
  try {
    const repository = `local/${repositoryName(target.folder)}`;
    await prepare(line, repository, target, options, context.searchPath);
    const { runs, problems } = await startRuns(line, repository, plan, options);
    if (problems.length > 0) return badInput(problems, options, context);
    const { jobs, stuck } = await follow(line, repository, runs, options, context);
    const reports = await Promise.all(jobs.map((job) => reportJob(line.hub, job)));
    const exitCode = stuck ? EXIT.infrastructure : exitCodeOf(reports);
    if (options.json)
      context.out.write(
        `${JSON.stringify({ exitCode, event: plan.event, jobs: reports }, null, 2)}\n`,
      );
    return exitCode;
  } finally {
    await line.stop();
  }
}

/** The configured pools, or one that answers to every label that the workflows name. */
function poolsFor(config: Config, plan: RunPlan, known: RunTarget['known']): readonly PoolConfig[] {
  if (config.pools !== undefined) return config.pools;
  return poolsOf(config).map((pool) =>
    poolConfig.parse({
      ...pool,
      labels: [...new Set([...pool.labels, ...literalLabels(plan, known)])],
    }),
  );
}

/** A job would wait for Docker to come back; a person in front of a terminal wants to know at once. */
async function demandDocker(engine: ContainerEngine, pools: readonly PoolConfig[]): Promise<void> {
  await engine.info();
  for (const { image } of pools) {
    if ((await engine.imageId(image)) !== null) continue;
    throw new AppError('image-missing', `The image ${image} is not on this machine.`);
  }
}

const repositoryName = (folder: string): string =>
  path
    .basename(folder)
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+/, '') || 'workflow';

async function prepare(
  line: LocalLine,
  repository: string,
  target: RunTarget,
  options: RunOptions,
  searchPath: string,
): Promise<void> {
  await line.addRepository(repository, false);
  for (const [name, value] of Object.entries(options.secret))
    await line.standin.setSecret(repository, name, value);
  for (const [name, value] of Object.entries(options.var))
    await line.standin.setVariable(repository, name, value);
  const remote = `${line.standinUrl}/${repository}.git`;
  await pushFolder({ folder: target.folder, remote, token: line.token, searchPath });
}

async function startRuns(line: LocalLine, repository: string, plan: RunPlan, options: RunOptions) {
  const started = [];
  for (const workflow of plan.workflows) {
    const request = {
      event: plan.event,
      ref: 'refs/heads/main',
      workflow: workflow.path,
      ...(plan.event === 'workflow_dispatch' ? { inputs: options.input } : {}),
      ...(options.job === undefined ? {} : { jobs: [options.job] }),
    };
    started.push(await line.standin.startEvent(repository, request));
  }
  return {
    runs: started.flatMap(({ runs }) => runs.map((each) => each.id)),
    problems: started.flatMap(({ problems }) => problems),
  };
}

interface Followed {
  readonly jobs: readonly SeenJob[];
  /** A job was given up, because no pool offers its labels. */
  readonly stuck: boolean;
}

/** Shows the log until every job is over. */
async function follow(
  line: LocalLine,
  repository: string,
  runs: readonly number[],
  options: RunOptions,
  context: RunContext,
): Promise<Followed> {
  const show = createRunLog(line.hub, options.json ? null : context.out);
  let cancelled = false;
  let stuck = false;
  for (;;) {
    const jobs = await seeJobs(line.standin, line.hub.ledger, repository, runs);
    await show.update(jobs);
    if (allOver(jobs)) return { jobs, stuck };
    const hopeless = jobs.find(hasNoPool);
    if (!cancelled && (hopeless !== undefined || context.stop.aborted)) {
      if (hopeless !== undefined)
        context.err.write(`${hopeless.listed.name}: ${hopeless.view.waiting}\n`);
      stuck = hopeless !== undefined;
      cancelled = true;
      await Promise.all(runs.map((id) => line.standin.cancel(repository, id)));
    }
    await systemClock.sleep(REFRESH_MS);
  }
}

const hasNoPool = ({ record }: SeenJob): boolean =>
  record?.state === 'queued' && record.waiting?.code === 'no-pool-for-labels';

function badInput(
  problems: readonly Problem[],
  options: RunOptions,
  { out, err }: RunContext,
): number {
  if (options.json)
    out.write(`${JSON.stringify({ exitCode: EXIT.badInput, problems }, null, 2)}\n`);
  for (const { file, line, column, message } of problems)
    err.write(`${file}:${line}:${column}: ${message}\n`);
  return EXIT.badInput;
}

function broken(error: unknown, options: RunOptions, { out, err }: RunContext): number {
  const message = messageOf(error);
  if (options.json)
    out.write(`${JSON.stringify({ exitCode: EXIT.infrastructure, error: message }, null, 2)}\n`);
  err.write(`${message}\nrunnerhub doctor says what is missing on this machine.\n`);
  return EXIT.infrastructure;
}
