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
const HASHES: Readonly<Record<string, readonly string[]>> = {
  all: ['**'],
  order: ['z.txt', 'src/**', 'a.txt', 'src/deep/*'],
  exclude: ['**/*.txt', '!src/**', 'src/keep.txt'],
  folder: ['src'],
  braces: ['{odd}.txt', '*.{txt,md}'],
  class: ['src/[bk]*', '[[]x].txt'],
  links: ['link*'],
  hidden: ['**/.hidden/**', 'with space/*'],
  one: ['src/b?d.*'],
  near: ['a-b/*', 'a/*', 'a.txt'],
  none: ['missing/**', '!**'],
  followed: ['link*/**', '**/*.md'],
};

/** The call of an expression that names these files. */
const call = (name: string, patterns: readonly string[]): string => {
  const follow = name.startsWith('follow') ? ['--follow-symbolic-links'] : [];
  return `hashFiles(${[...follow, ...patterns].map((each) => `'${each}'`).join(', ')})`;
};

const hashVariables = Object.entries(HASHES).map(
  ([name, patterns]) => `          ${name}: \${{ ${call(name, patterns)} }}`,
);

const WORKFLOW = `
on: push
permissions: { actions: read, contents: read, id-token: write }
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
      glob: \${{ toJSON(steps.glob.outputs) }}
      hashes: \${{ toJSON(steps.hashes.outputs) }}
      io: \${{ toJSON(steps.io.outputs) }}
      http-client: \${{ toJSON(steps.http-client.outputs) }}
    steps:
      - { id: core, uses: local/toolkit/core@main, with: { name: world } }
      - { name: After core, run: 'echo "$FROM_ACTION" "\${PATH%%:*}"' }
      - { id: exec, uses: local/toolkit/exec@main }
      - { id: tool-cache, uses: local/toolkit/tool-cache@main }
      - { id: github, uses: local/toolkit/github@main }
      - { id: io, uses: local/toolkit/io@main }
      - { id: http-client, uses: local/toolkit/http-client@main }
      - { id: glob, uses: local/toolkit/glob@main, with: { name: '${JSON.stringify(HASHES)}' } }
      - id: hashes
        env:
${hashVariables.join('\n')}
        run: |
          for name in ${Object.keys(HASHES).join(' ')}; do
            echo "$name=\${!name}" >> $GITHUB_OUTPUT
          done
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

const ACTIONS = [
  ...['artifact', 'cache', 'core', 'exec', 'github', 'glob', 'http-client', 'io', 'tool-cache'],
];

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
    expect(files).toEqual(['.github', ...ACTIONS].sort());
  });

  it('github: context, pages of the REST API, and what the token may not', () => {
    expect(outputsOf('one', 'github')).toEqual({
      name: 'local/toolkit',
      context: { event: 'push', ref: 'refs/heads/main', job: 'one' },
      jobs: ['one'],
      refused: 403,
    });
  });

  it('io: files and programs', () => {
    expect(outputsOf('one', 'io')).toEqual({
      left: ['copy', 'moved'],
      text: 'text',
      git: '/usr/bin/git',
      missing: expect.stringContaining('Unable to locate executable file: no-such-program'),
    });
  });

  it('http-client: answers of the REST API', () => {
    expect(outputsOf('one', 'http-client')).toEqual({
      known: [200, 'local/toolkit'],
      unknown: 404,
    });
  });

  it('glob: the hashes of expressions are those of the toolkit', () => {
    const { found, ...hashes } = outputsOf('one', 'glob');
    expect(found).toEqual(
      [
        ...['[x].txt', 'a-b/two.txt', 'a.txt', 'a/one.txt', 'link-to-folder/bad.txt'],
        ...[
          'link-to-folder/deep/er/x.txt',
          'link-to-folder/.hidden/y.txt',
          'link-to-folder/keep.txt',
        ],
        ...['src/keep.txt', 'with space/ö.txt', 'z.txt', '{odd}.txt'],
      ].sort(),
    );
    expect(hashes['none']).toBe('');
    expect(hashes['all']).toMatch(/^[0-9a-f]{64}$/);
    expect(outputsOf('one', 'hashes')).toEqual(hashes);
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
