import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface Workspace extends Disposable {
  readonly dir: string;
  /** Environment that keeps all data of a run below the workspace. */
  readonly env: Readonly<Record<string, string>>;
  write(name: string, text: string, mode?: number): string;
}

/** A folder of its own for one test, removed afterwards. */
export function createWorkspace(): Workspace {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'runnerhub-scenario-'));
  return {
    dir,
    env: { RUNNERHUB_DATA_DIR: path.join(dir, 'data') },
    write(name, text, mode = 0o644) {
      const file = path.join(dir, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text, { mode });
      return file;
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}
