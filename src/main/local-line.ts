import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { systemClock } from '../adapters/system/clock.ts';
import { createStandinClient, type StandinClient } from '../cli/standin-client.ts';
import type { Config } from '../contract/config.ts';
import type { PoolConfig } from '../contract/pool-config.ts';
import type { Log } from '../ports/log.ts';
import { NO_LIMITS } from '../standin/rest/limits/settings.ts';
import { createStandin } from '../standin/server.ts';
import { startHub } from './compose.ts';
import { gatewayOf } from './compose-engine.ts';
import { poolsOf } from './config.ts';
import type { Hub } from './hub.ts';

/** The hub and the GitHub stand-in in one process; between the two there is only HTTP. */
export interface LocalLine {
  readonly hub: Hub;
  readonly standin: StandinClient;
  readonly standinUrl: string;
  readonly token: string;
  /** Makes a repository whose webhooks go to the hub. */
  addRepository(repository: string, triggerOnPush: boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface LocalLineOptions {
  readonly config: Config;
  readonly dataDir: string;
  readonly log: Log;
  /** Instead of the pools of the configuration. */
  readonly pools?: readonly PoolConfig[];
  /** Port of the hub; that of the configuration unless told. */
  readonly port?: number;
}

/** Starts both; what had started is stopped when the rest fails. */
export async function startLocalLine(options: LocalLineOptions): Promise<LocalLine> {
  const token = `standin_${randomBytes(20).toString('hex')}`;
  const webhookSecret = randomBytes(32).toString('hex');
  const containerAddress = await gatewayOf(options.config);
  const server = createStandin(
    { log: options.log.child({ part: 'standin' }), clock: systemClock },
    {
      ...{ host: '127.0.0.1', port: 0, token, state: 'memory' },
      ...{ dataDir: path.join(options.dataDir, 'standin') },
      limits: NO_LIMITS,
      ...(containerAddress === null ? {} : { containerAddress }),
    },
  );
  const { url: standinUrl, port } = await server.start();
  const inContainers = containerAddress === null ? undefined : `${containerAddress}:${port}`;
  const hub = await startHub(
    hubConfig(options, { standinUrl, inContainers, token, webhookSecret }),
    {
      log: options.log,
      pools: options.pools ?? poolsOf(options.config),
      isGitHubNew: true,
    },
  ).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const standin = createStandinClient(standinUrl, token);
  return {
    hub,
    standin,
    standinUrl,
    token,
    async addRepository(repository, triggerOnPush) {
      await standin.createRepository(repository, triggerOnPush);
      await standin.addHook(repository, `${hub.url}/webhooks/github`, webhookSecret);
    },
    async stop() {
      await hub.stop();
      await server.stop();
    },
  };
}

function hubConfig(
  options: LocalLineOptions,
  line: {
    standinUrl: string;
    inContainers: string | undefined;
    token: string;
    webhookSecret: string;
  },
): Config {
  const { config } = options;
  return {
    ...config,
    dataDir: options.dataDir,
    http: { ...config.http, port: options.port ?? config.http.port },
    github: {
      ...config.github,
      apiUrl: line.standinUrl,
      standin: line.inContainers,
      token: line.token,
      webhookSecret: line.webhookSecret,
      scope: 'repository',
    },
  };
}
