import path from 'node:path';
import { lockDataDir } from '../adapters/embedded/lock-data-dir.ts';
import type { Config } from '../contract/config.ts';

/**
 * Runs `work` as the only hub on the configured data folder. Throws `AppError('conflict')` when
 * another one has it.
 */
export async function withDataDir<T>(
  config: Config,
  work: (dataDir: string) => Promise<T>,
): Promise<T> {
  const dataDir = path.resolve(config.dataDir);
  using _lock = lockDataDir(dataDir);
  return await work(dataDir);
}
