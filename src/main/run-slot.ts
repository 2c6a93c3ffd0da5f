import path from 'node:path';
import { lockDataDir, makeDataDir } from '../adapters/embedded/lock-data-dir.ts';
import { AppError, isAppError } from '../domain/errors.ts';

const MOST = 32;

/** A data folder of its own for one `runnerhub run`, so that several may run at once. */
export interface RunSlot extends Disposable {
  readonly dir: string;
}

/** Takes the first free of a few folders; they are kept, because a prepared database starts faster. */
export function takeRunSlot(dataDir: string): RunSlot {
  makeDataDir(dataDir);
  for (let number = 0; number < MOST; number++) {
    const dir = path.join(dataDir, 'run', String(number));
    try {
      const lock = lockDataDir(dir);
      return { dir, [Symbol.dispose]: () => lock[Symbol.dispose]() };
    } catch (error) {
      if (!isAppError(error, 'conflict')) throw error;
    }
  }
  throw new AppError('conflict', `${MOST} runs are under way in ${dataDir}; wait for one to end.`);
}
