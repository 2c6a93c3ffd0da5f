import { expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { createWorkspace } from '../support/workspace.ts';

const WORKFLOW = `
on: push
jobs:
  reach:
    runs-on: linux
    env: {TOKEN: "\${{ github.token }}"}
    steps:
      - name: Addresses
        run: |
          [[ "$GITHUB_SERVER_URL" == http://github.localhost:* ]]
          [[ "$GITHUB_API_URL" == http://*/api/v3 ]]
      - name: REST
        run: |
          curl -sSf -H "Authorization: Bearer $TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY" | grep '"full_name"'
      - name: Git
        run: |
          git -c http.extraheader="Authorization: Basic $(echo -n "x:$TOKEN" | base64 -w0)" \\
            clone -q "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" code
          ls code/.github/workflows
          git -C code rev-parse HEAD | grep "$GITHUB_SHA"
      - name: Not allowed
        run: |
          curl -s -o /dev/null -w 'status=%{http_code} ' -X PUT -d '{"value":"x"}' -H "Authorization: Bearer $TOKEN" \\
            "\${GITHUB_API_URL%/api/v3}/_standin/repositories/$GITHUB_REPOSITORY/secrets/A"
`;

it('steps reach the stand-in with the token of their job', async () => {
  using workspace = createWorkspace();
  const file = workspace.write('flow.yml', WORKFLOW);
  const { code, stdout } = await runCommand(['run', file, '--json'], { env: workspace.env });
  const steps: { name: string; conclusion: string; log: string }[] =
    JSON.parse(stdout).jobs[0].steps;
  const logOf = (name: string) => steps.find((step) => step.name === name)?.log;
  expect(logOf('REST')).toMatch(/"full_name":"local\/runnerhub-run/);
  expect(logOf('Git')).toContain('flow.yml');
  expect(logOf('Not allowed')).toContain('status=403');
  expect(code).toBe(0);
  expect(await leftovers(workspace.dir)).toEqual([]);
});
