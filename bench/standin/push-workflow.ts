import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pushFolder } from '../../src/cli/push-folder.ts';
import type { Place } from './simulated-runner.ts';

/** Where git is on every system that has one. */
const SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';

/** Puts a workflow of one matrix of so many jobs into the repository, by git. */
export async function pushWorkflow({ url, token, repository }: Place, legs: number): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'runnerhub-bench-push-'));
  const numbers = Array.from({ length: legs }, (_, index) => index);
  const text = `on: workflow_dispatch
jobs:
  load:
    runs-on: work
    strategy:
      matrix: { leg: [${numbers.join(', ')}] }
    steps: [{ run: 'true' }]
`;
  try {
    await mkdir(path.join(folder, '.github', 'workflows'), { recursive: true });
    await writeFile(path.join(folder, '.github', 'workflows', 'load.yml'), text);
    const remote = `${url}/${repository}.git`;
    await pushFolder({ folder, remote, token, searchPath: SEARCH_PATH });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
