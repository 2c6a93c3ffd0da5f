import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { lockDataDir } from '../../adapters/embedded/lock-data-dir.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { createLog } from '../../adapters/telemetry/pino-log.ts';
import type { Terminal } from '../../cli/live-display.ts';
import type { StandinOptions } from '../../cli/program.ts';
import type { Config } from '../../contract/config.ts';
import { AppError, messageOf } from '../../domain/errors.ts';
import { createStandin, type Standin } from '../../standin/server.ts';
import { aborted } from '../aborted.ts';

export interface StandinContext {
  readonly config: Config;
  readonly out: Terminal;
  /** Aborted by SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
}

const DEFAULT_FOLDER = path.join('.runnerhub', 'standin');

/** Runs the stand-in alone and prints how to point a hub at it. */
export async function runStandin(
  options: StandinOptions,
  context: StandinContext,
): Promise<number> {
  const faults = options.faults === undefined ? undefined : readFaults(options.faults);
  if (options.memory !== true) {
    const folder = path.resolve(options.data ?? DEFAULT_FOLDER);
    using _lock = lockDataDir(folder, '--data');
    const token = context.config.github.token ?? keptToken(folder);
    return await serve(options, context, { folder, token, faults });
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'runnerhub-standin-'));
  try {
    const token = context.config.github.token ?? newToken();
    return await serve(options, context, { folder, token, faults });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly folder: string;
  readonly token: string;
  readonly faults: unknown;
}

async function serve(
  options: StandinOptions,
  { config, out, stop }: StandinContext,
  { folder, token, faults }: Place,
): Promise<number> {
  const { host, port, clock, containers } = options;
  const standin = createStandin(
    { log: createLog({ level: config.log.level }), clock: systemClock },
    {
      ...{ host, port, token, clock, dataDir: folder },
      state: options.memory === true ? 'memory' : 'disk',
      ...(faults === undefined ? {} : { faults }),
      ...(containers === undefined ? {} : { containerAddress: containers }),
    },
  );
  const { url, port: bound } = await startNaming(standin, options.faults);
  const settings = {
    RUNNERHUB_GITHUB_API_URL: url,
    RUNNERHUB_GITHUB_TOKEN: token,
    ...(containers === undefined ? {} : { RUNNERHUB_GITHUB_STANDIN: `${containers}:${bound}` }),
  };
  const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  out.write(`The GitHub stand-in answers at ${url}\n`);
  out.write(`Point a hub at it:\n  ${variables.join(' ')} runnerhub start\n`);
  await aborted(stop);
  await standin.stop();
  return 0;
}

/** Problems of the faults are said with the name of their file. */
async function startNaming(standin: Standin, file: string | undefined) {
  try {
    return await standin.start();
  } catch (error) {
    const isOfFaults = error instanceof AppError && error.code === 'bad-request';
    throw isOfFaults && file !== undefined ? inFile(file, error.message) : error;
  }
}

function readFaults(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw inFile(file, messageOf(error));
  }
}

const inFile = (file: string, problems: string): AppError =>
  new AppError(
    'bad-request',
    problems
      .split('\n')
      .map((line) => `${file}: ${line}`)
      .join('\n'),
  );

const newToken = (): string => `standin_${randomBytes(20).toString('hex')}`;

/** The token of a folder is made once, so that a hub that knows it can go on after a restart. */
function keptToken(folder: string): string {
  const file = path.join(folder, 'token');
  if (!existsSync(file)) writeFileSync(file, `${newToken()}\n`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}
