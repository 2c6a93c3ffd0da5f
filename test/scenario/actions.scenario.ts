import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { leftovers } from '../support/docker.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

/** The repository is private: its archive is served to the token of the job alone. */
const WORKFLOW = `
on: push
jobs:
  use:
    runs-on: ubuntu-latest
    outputs:
      twenty: \${{ steps.twenty.outputs.node }}
      twenty-four: \${{ steps.twenty-four.outputs.node }}
      action: \${{ steps.shell.outputs.action }}
    steps:
      - { id: twenty, uses: local/shared/node20@main }
      - { id: twenty-four, uses: local/shared/node24@main }
      - { id: shell, uses: local/shared/composite@main }
  again:
    needs: use
    runs-on: ubuntu-latest
    steps:
      - uses: local/shared/node20@main
  missing:
    runs-on: ubuntu-latest
    steps:
      - uses: local/shared/node20@no-such-branch
`;
const SCRIPT = `
const { appendFileSync } = require('node:fs');
appendFileSync(process.env.GITHUB_OUTPUT, 'node=' + process.version + '\\n');
`;
const COMPOSITE = `
name: composite
description: a script of the archive, which may be executed
outputs: { action: { value: '\${{ steps.here.outputs.action }}' } }
runs:
  using: composite
  steps:
    - { id: here, shell: sh, run: '"$GITHUB_ACTION_PATH/../say.sh" >> "$GITHUB_OUTPUT"' }
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
  const folder = path.join(workspace.dir, 'shared');
  workspace.write('shared/.github/workflows/ci.yml', WORKFLOW);
  workspace.write('shared/composite/action.yml', COMPOSITE);
  workspace.write('shared/say.sh', '#!/bin/sh\necho action=executed\n', 0o755);
  for (const using of ['node20', 'node24']) {
    const manifest = `name: a\ndescription: a\nruns: { using: ${using}, main: main.js }\n`;
    workspace.write(`shared/${using}/action.yml`, manifest);
    workspace.write(`shared/${using}/main.js`, SCRIPT);
  }
  const { stdout } = await runCommand(['run', folder, '--json'], { env: workspace.env });
  const report: { jobs: readonly Job[] } = JSON.parse(stdout);
  for (const job of report.jobs) jobs.set(job.name, job);
}, 300_000);

afterAll(async () => {
  expect(await leftovers(workspace.dir)).toEqual([]);
  workspace[Symbol.dispose]();
});

const setUpOf = (job: string): string => jobs.get(job)?.steps[0]?.log ?? '';

describe('actions of a private repository, from the launch service to their end', () => {
  it('run with the node that they name, and as they were committed', () => {
    expect(jobs.get('use')?.outputs).toEqual({
      twenty: expect.stringMatching(/^v20\./),
      'twenty-four': expect.stringMatching(/^v24\./),
      action: 'executed',
    });
    expect(setUpOf('use')).toMatch(
      /Download action repository 'local\/shared@main' \(SHA:[0-9a-f]{40}\)/,
    );
    expect(jobs.get('again')?.conclusion).toBe('success');
  });

  it('fail the set-up by name where their ref is not there', () => {
    expect(jobs.get('missing')?.conclusion).toBe('failure');
    expect(setUpOf('missing')).toContain(
      'Unable to resolve action `local/shared@no-such-branch`, unable to find version `no-such-branch`',
    );
  });
});
