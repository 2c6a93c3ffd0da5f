import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, startCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { eventually } from '../support/eventually.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let workspace: Workspace;

beforeAll(() => {
  workspace = createWorkspace();
});

afterAll(() => workspace[Symbol.dispose]());

const flow = (script: string): string => `on: push
jobs:
  long:
    runs-on: linux
    steps:
      - {name: Work, run: '${script}'}
      - {name: Tidy, if: always(), run: echo tidied}
`;

function startRun(script: string) {
  const file = workspace.write('long.yml', flow(script));
  return startCommand(['run', file], { env: workspace.env });
}

describe('a run that is interrupted', () => {
  it('cancels its jobs on SIGTERM, lets always() steps run and leaves nothing', async () => {
    const { child, finished, stdout } = startRun('echo begun; sleep 60');
    await eventually(() => stdout().includes('| begun'), 'the step', 60_000);
    child.kill('SIGTERM');
    const { code } = await finished;
    expect(code).toBe(1);
    expect(stdout()).toContain('| tidied');
    expect(stdout()).toContain('long: cancelled');
    expect(await leftovers(workspace.dir)).toEqual([]);
  });

  it('leaves nothing after kill -9 and the next start', async () => {
    const { child, finished, stdout } = startRun('echo begun; sleep 60');
    await eventually(() => stdout().includes('| begun'), 'the step', 60_000);
    child.kill('SIGKILL');
    await finished;
    expect((await leftovers(workspace.dir)).length).toBeGreaterThan(0);
    const file = workspace.write('next.yml', flow('echo next'));
    const next = await runCommand(['run', file], { env: workspace.env });
    expect(next).toMatchObject({ code: 0, stdout: expect.stringContaining('| next') });
    expect(await leftovers(workspace.dir)).toEqual([]);
  });
});

describe('what a user gets wrong', () => {
  it('is told every problem of the configuration at once, with exit code 78', async () => {
    const env = { ...workspace.env, RUNNERHUB_HTTP_PORT: 'x', RUNNERHUB_TYPO: '1' };
    const { code, stderr } = await runCommand(['config'], { env });
    expect(code).toBe(78);
    expect(stderr).toContain('RUNNERHUB_HTTP_PORT');
    expect(stderr).toContain('RUNNERHUB_TYPO');
  });

  it('is told that GitHub is not configured', async () => {
    const { code, stderr } = await runCommand(['start'], { env: workspace.env });
    expect(code).not.toBe(0);
    expect(stderr).toContain('RUNNERHUB_GITHUB_API_URL');
  });

  it('gets help, and a hint for an unknown command', async () => {
    expect(await runCommand(['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('doctor'),
    });
    expect((await runCommand(['rn'])).code).toBe(2);
  });
});

it('the doctor says what is there and what is missing', async () => {
  const healthy = await runCommand(['doctor', '--json'], { env: workspace.env });
  expect(JSON.parse(healthy.stdout)).toMatchObject({ healthy: true });
  expect(healthy.code).toBe(0);
  const env = { ...workspace.env, RUNNERHUB_DOCKER_SOCKET: `${workspace.dir}/none.sock` };
  const ill = await runCommand(['doctor'], { env });
  expect(ill.code).toBe(1);
  expect(ill.stdout).toMatch(/bad\s+docker/);
});

it('a run without Docker or without its image ends at once and says what to do', async () => {
  const file = workspace.write('next.yml', flow('echo next'));
  const env = { ...workspace.env, RUNNERHUB_DOCKER_SOCKET: `${workspace.dir}/none.sock` };
  const noDocker = await runCommand(['run', file], { env });
  expect(noDocker).toMatchObject({ code: 3, stderr: expect.stringContaining('runnerhub doctor') });
  const noImage = await runCommand(['run', file], {
    env: { ...workspace.env, RUNNERHUB_JOB_IMAGE: 'no/such:image' },
  });
  expect(noImage).toMatchObject({ code: 3, stderr: expect.stringContaining('no/such:image') });
});
