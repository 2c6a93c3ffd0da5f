import { randomBytes } from 'node:crypto';
import { systemClock } from '../../adapters/system/clock.ts';
import { createLog } from '../../adapters/telemetry/pino-log.ts';
import type { Terminal } from '../../cli/live-display.ts';
import type { StandinOptions } from '../../cli/program.ts';
import type { Config } from '../../contract/config.ts';
import { createStandin } from '../../standin/server.ts';
import { aborted } from '../aborted.ts';

export interface StandinContext {
  readonly config: Config;
  readonly out: Terminal;
  /** Aborted by SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
}

/** Runs the stand-in alone and prints how to point a hub at it. */
export async function runStandin(
  { host, port, dataDir, containers }: StandinOptions,
  { config, out, stop }: StandinContext,
): Promise<number> {
  const token = config.github.token ?? `standin_${randomBytes(20).toString('hex')}`;
  const log = createLog({ level: config.log.level });
  const server = createStandin(
    { log, clock: systemClock },
    {
      ...{ host, port, dataDir, token, state: 'disk' as const },
      ...(containers === undefined ? {} : { containerAddress: containers }),
    },
  );
  const { url, port: bound } = await server.start();
  const settings = {
    RUNNERHUB_GITHUB_API_URL: url,
    RUNNERHUB_GITHUB_TOKEN: token,
    ...(containers === undefined ? {} : { RUNNERHUB_GITHUB_STANDIN: `${containers}:${bound}` }),
  };
  const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  out.write(`The GitHub stand-in answers at ${url}\n`);
  out.write(`Point a hub at it:\n  ${variables.join(' ')} runnerhub start\n`);
  await aborted(stop);
  await server.stop();
  return 0;
}
