import { systemClock } from '../../src/adapters/system/clock.ts';
import { NO_LIMITS } from '../../src/standin/rest/limits/settings.ts';
import { createStandin } from '../../src/standin/server.ts';
import { reportUsage } from './usage.ts';

const silent = () => undefined;

/** The stand-in in a process of its own, in memory, without rate limits. */
export async function serveStandin([dataDir = '', token = '']: readonly string[]): Promise<void> {
  const standin = createStandin(
    { log: { debug: silent, info: silent, warn: silent, error: silent }, clock: systemClock },
    { host: '127.0.0.1', port: 0, dataDir, state: 'memory', token, limits: NO_LIMITS },
  );
  reportUsage();
  process.send?.({ url: (await standin.start()).url });
}
