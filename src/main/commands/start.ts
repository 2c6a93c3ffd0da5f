import { createLog } from '../../adapters/telemetry/pino-log.ts';
import type { Config } from '../../contract/config.ts';
import { aborted } from '../aborted.ts';
import { startHub } from '../compose.ts';
import { poolsOf } from '../config.ts';
import { withDataDir } from '../data-dir.ts';

export interface StartContext {
  readonly config: Config;
  /** Aborted by SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
}

/** Runs the hub until it is told to stop, then drains. */
export function start({ config, stop }: StartContext): Promise<number> {
  return withDataDir(config, async (dataDir) => {
    const log = createLog({ level: config.log.level });
    const hub = await startHub({ ...config, dataDir }, { log, pools: poolsOf(config) });
    await aborted(AbortSignal.any([stop, hub.broken]));
    log.info('hub draining', { drainSeconds: config.shutdown.drainSeconds });
    await hub.stop();
    return hub.broken.aborted ? 3 : 0;
  });
}
