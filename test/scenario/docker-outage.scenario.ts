import { expect, it } from 'vitest';
import { startCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { eventually } from '../support/eventually.ts';
import { copyImage, createPrivateEngine } from '../support/private-engine.ts';
import { createWorkspace } from '../support/workspace.ts';

const IMAGE = 'runnerhub/job:bookworm';
const isRoot = process.getuid?.() === 0;

/** The second job is queued while Docker is down, because the first, which it needs, ended by that. */
const FLOW = `on: push
jobs:
  victim:
    runs-on: linux
    steps: [{name: Work, run: 'echo begun; sleep 60'}]
  next:
    needs: victim
    if: always()
    runs-on: linux
    steps: [{name: Work, run: echo alive}]
`;

it.runIf(isRoot)('a job ends when Docker does, and the next one runs when it is back', async () => {
  using workspace = createWorkspace();
  await using engine = createPrivateEngine();
  await engine.start();
  await copyImage(IMAGE, '/var/run/docker.sock', engine.socketPath);
  const file = workspace.write('flow.yml', FLOW);
  const env = { ...workspace.env, RUNNERHUB_DOCKER_SOCKET: engine.socketPath };
  const { finished, stdout } = startCommand(['run', file], { env });
  await eventually(() => stdout().includes('victim | begun'), 'the step', 60_000);
  await engine.stop();
  await eventually(() => stdout().includes('victim: failure'), 'the end of the job', 30_000);
  expect(stdout()).toMatch(/##\[error\].*(Docker|container of this job (is gone|ended))/);
  await engine.start();
  const { code } = await finished;
  expect(stdout()).toContain('next | alive');
  // The infrastructure failed the first job, so the run says so although the second succeeded.
  expect(code).toBe(3);
  expect(await leftovers(workspace.dir, engine.socketPath)).toEqual([]);
});
