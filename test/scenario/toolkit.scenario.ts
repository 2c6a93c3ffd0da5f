import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { buildToolkitActions } from '../support/toolkit-actions.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

/**
 * The actions are in the repository of the workflow, which is pushed to the stand-in as `local/toolkit`:
 * one job names them there, the next one uses what it has checked out.
 */
const WORKFLOW = `
on: push
permissions: { id-token: write }
jobs:
  one:
    runs-on: ubuntu-latest
    outputs:
      core: \${{ toJSON(steps.core.outputs) }}
      exec: \${{ toJSON(steps.exec.outputs) }}
      tool-cache: \${{ toJSON(steps.tool-cache.outputs) }}
      artifact: \${{ toJSON(steps.artifact.outputs) }}
      cache: \${{ toJSON(steps.cache.outputs) }}
      github: \${{ toJSON(steps.github.outputs) }}
    steps:
      - { id: core, uses: local/toolkit/core@main, with: { name: world } }
      - { name: After core, run: 'echo "$FROM_ACTION" "\${PATH%%:*}"' }
      - { id: exec, uses: local/toolkit/exec@main }
      - { id: tool-cache, uses: local/toolkit/tool-cache@main }
      - { id: github, uses: local/toolkit/github@main }
      - { id: artifact, uses: local/toolkit/artifact@main, with: { mode: upload } }
      - { id: cache, uses: local/toolkit/cache@main, with: { mode: save } }
  two:
    needs: one
    runs-on: ubuntu-latest
    outputs:
      artifact: \${{ toJSON(steps.artifact.outputs) }}
      cache: \${{ toJSON(steps.cache.outputs) }}
    steps:
      - name: Check out
        run: |
          basic=$(printf 'x:%s' "\${{ github.token }}" | base64 -w0)
          git -c http.extraheader="Authorization: Basic $basic" clone -q "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" .
      - { id: artifact, uses: ./artifact, with: { mode: download } }
      - { id: cache, uses: ./cache, with: { mode: restore } }
`;

interface Job {
  readonly name: string;
  readonly conclusion: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly name: string; readonly log: string }[];
}

let workspace: Workspace;
const jobs = new Map<string, Job>();

beforeAll(async () => {
  workspace = createWorkspace();
  const folder = path.join(workspace.dir, 'toolkit');
  workspace.write('toolkit/.github/workflows/ci.yml', WORKFLOW);
  await buildToolkitActions(folder);
  const { stdout } = await runCommand(['run', folder, '--json'], { env: workspace.env });
  const report: { jobs: readonly Job[] } = JSON.parse(stdout);
  for (const job of report.jobs) jobs.set(job.name, job);
}, 300_000);

afterAll(async () => {
  expect(await leftovers(workspace.dir)).toEqual([]);
  workspace[Symbol.dispose]();
});

/** Outputs of an action by the name of its step; those that are no text are JSON. */
function outputsOf(job: string, step: string): Record<string, unknown> {
  const outputs = JSON.parse(jobs.get(job)?.outputs[step] ?? '{}') as Record<string, string>;
  const value = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };
  return Object.fromEntries(Object.entries(outputs).map(([name, text]) => [name, value(text)]));
}

const logOf = (step: RegExp): string =>
  jobs.get('one')?.steps.find(({ name }) => step.test(name))?.log ?? '';

describe("actions on GitHub's toolkit, unmodified, through the whole line", () => {
  it('end well', () => {
    expect([...jobs.values()].map(({ name, conclusion }) => [name, conclusion])).toEqual([
      ['one', 'success'],
      ['two', 'success'],
    ]);
  });

  it('core: commands, state, and an identity token that its keys verify', () => {
    expect(outputsOf('one', 'core')).toEqual({
      greeting: 'Hello world',
      list: ['a', 1],
      identity: 'repo:local/toolkit:ref:refs/heads/main',
    });
    const log = logOf(/^Run local\/toolkit\/core/);
    expect(log).toContain('Hello world, here is ***\n');
    expect(log).toContain('##[notice]Look here\n##[group]A group\ninside\n##[endgroup]');
    expect(logOf(/^After core$/)).toContain('first line\nsecond line /opt/from-action\n');
    expect(logOf(/^Post .*core/)).toContain('Good-bye world\n');
  });

  it('exec: streams, exit codes, input and environment', () => {
    const seen = { exitCode: 3, stdout: 'out given word\n', stderr: 'err\n' };
    const failure = "The process '/usr/bin/sh' failed with exit code 4";
    expect(outputsOf('one', 'exec')).toEqual({ seen, failure });
  });

  it('tool-cache: an archive from the REST API', () => {
    const { files } = outputsOf('one', 'tool-cache');
    expect(files).toEqual(['.github', 'artifact', 'cache', 'core', 'exec', 'github', 'tool-cache']);
  });

  it('github: context, pages of the REST API, and what the token may not', () => {
    expect(outputsOf('one', 'github')).toEqual({
      name: 'local/toolkit',
      context: { event: 'push', ref: 'refs/heads/main', job: 'one' },
      jobs: ['one'],
      refused: 403,
    });
  });

  it('artifact: the next job gets the same bytes, from both services', () => {
    const made = outputsOf('one', 'artifact');
    expect(made['twice']).toContain('already exists on the workflow run');
    expect(made['digests']).toHaveLength(2);
    expect(outputsOf('two', 'artifact')).toEqual({
      digests: made['digests'],
      rest: made['digests'],
      mismatch: [false, false],
      left: 0,
    });
  });

  it('cache: the next job finds by the beginning of a key what was saved once', () => {
    expect(outputsOf('one', 'cache')).toEqual({ saved: true, again: false });
    expect(outputsOf('two', 'cache')).toEqual({ miss: 'nothing', hit: 'words-1', same: true });
  });
});
