import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readGateway } from '../../src/adapters/docker/engine-standin.ts';
import { pushFolder } from '../../src/cli/push-folder.ts';
import { createStandinClient } from '../../src/cli/standin-client.ts';
import { type Running, searchPath, startCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { eventually } from '../support/eventually.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const REPOSITORY = 'octo/app';
const WORKFLOW = `on: push
jobs:
  reach:
    runs-on: linux
    steps:
      - run: |
          curl -sSf -H "Authorization: Bearer \${{ github.token }}" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY" | grep full_name
`;

/** The variables that the stand-in prints for a hub. */
async function printed(standin: Running): Promise<Record<string, string>> {
  const line = await eventually(
    () => standin.stdout().match(/^ {2}(.*) runnerhub start$/m)?.[1],
    'the line that starts a hub',
  );
  return Object.fromEntries(line.split(' ').map((part) => part.split('=', 2)));
}

const hubUrl = (hub: Running): Promise<string> =>
  eventually(
    () => hub.stderr().match(/"url":"([^"]+)".*"msg":"hub started"/)?.[1],
    'the hub',
    60_000,
  );

async function runWorkflow(
  workspace: Workspace,
  env: Record<string, string>,
  hub: { readonly url: string; readonly secret: string },
): Promise<string | null> {
  const [url = '', token = ''] = [env['RUNNERHUB_GITHUB_API_URL'], env['RUNNERHUB_GITHUB_TOKEN']];
  const standin = createStandinClient(url, token);
  await standin.createRepository(REPOSITORY, true);
  await standin.addHook(REPOSITORY, `${hub.url}/webhooks/github`, hub.secret);
  workspace.write('app/.github/workflows/ci.yml', WORKFLOW);
  const folder = path.join(workspace.dir, 'app');
  const remote = `${url}/${REPOSITORY}.git`;
  await pushFolder({ folder, remote, token, searchPath });
  return eventually(
    async () => {
      const [run] = await standin.runs(REPOSITORY);
      return run?.status === 'completed' && (await standin.run(REPOSITORY, run.id)).conclusion;
    },
    'the end of the run',
    60_000,
  );
}

it('the stand-in alone, and a hub that is started as it says, end well on SIGTERM', async () => {
  using workspace = createWorkspace();
  const gateway = await readGateway('/var/run/docker.sock');
  const folder = path.join(workspace.dir, 'standin');
  const place = ['--port', '0', '--containers', String(gateway), '--data', folder];
  const standin = startCommand(['standin', ...place]);
  const running = [standin];
  try {
    const env = await printed(standin);
    const secret = randomBytes(16).toString('hex');
    const more = { RUNNERHUB_WEBHOOK_SECRET: secret, RUNNERHUB_HTTP_PORT: '0' };
    const hub = startCommand(['start'], { env: { ...workspace.env, ...env, ...more } });
    running.unshift(hub);
    const conclusion = await runWorkflow(workspace, env, { url: await hubUrl(hub), secret });
    expect(conclusion).toBe('success');
    for (const { child, finished } of running) {
      child.kill('SIGTERM');
      expect((await finished).code).toBe(0);
    }
    workspace.write('hub.log', hub.stderr());
    expect(await leftovers(workspace.dir)).toEqual([]);
  } finally {
    // Of no effect on those that have ended.
    for (const { child } of running) child.kill('SIGKILL');
  }
});
