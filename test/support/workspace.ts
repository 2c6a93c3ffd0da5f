import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface Workspace extends Disposable {
  readonly dir: string;
  /** Environment that keeps all data of a run below the workspace. */
  readonly env: Readonly<Record<string, string>>;
  write(name: string, text: string): string;
}

/** A folder of its own for one test, removed afterwards. */
export function createWorkspace(): Workspace {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'runnerhub-scenario-'));
  return {
    dir,
    env: { RUNNERHUB_DATA_DIR: path.join(dir, 'data') },
    write(name, text) {
      const file = path.join(dir, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}
