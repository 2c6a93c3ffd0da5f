import { describe, expect, it } from 'vitest';
import { parseWorkflow } from './workflow-parse.ts';
import { parseWorkflowReference } from './workflow-reference.ts';
import { loadWorkflowTree, type WorkflowSource, workflowsOf } from './workflow-tree.ts';

const ROOT: WorkflowSource = {
  repository: 'o/r',
  file: '.github/workflows/root.yml',
  ref: 'refs/heads/main',
  sha: 'abc',
};

/** Loads `root.yml` of these files, whose names are `file` or `owner/name/file@ref`. */
async function load(files: Readonly<Record<string, string>>) {
  const { workflow, problems } = parseWorkflow(ROOT.file, files['root.yml'] ?? '');
  if (workflow === null) throw new Error(JSON.stringify(problems));
  const loaded = await loadWorkflowTree(workflow, ROOT, async (reference, from) => {
    const source: WorkflowSource =
      reference.kind === 'local'
        ? { ...from, file: reference.file }
        : {
            repository: `${reference.owner}/${reference.name}`,
            file: reference.file,
            ref: reference.ref,
            sha: 'def',
          };
    const name = source.file.replace('.github/workflows/', '');
    const key = source.repository === 'o/r' ? name : `${source.repository}/${name}@${source.ref}`;
    const text = files[key];
    return text === undefined ? null : { source, text };
  });
  return {
    tree: loaded.tree,
    problems: loaded.problems.map(
      (each) => `${each.file}:${each.line}:${each.column} ${each.message}`,
    ),
  };
}

const calling = (uses: string, ...rest: string[]) =>
  ['on: { push: , workflow_call: }', 'jobs:', '  call:', `    uses: ${uses}`, ...rest].join('\n');
const STEPS = 'jobs: { build: { runs-on: x, steps: [{ run: a }] } }';
const local = (name: string) => `./.github/workflows/${name}.yml`;

describe('parseWorkflowReference', () => {
  it.each([
    ['./.github/workflows/a.yml', { kind: 'local', file: '.github/workflows/a.yml' }],
    [
      'o/r/.github/workflows/a.yaml@v1',
      { kind: 'remote', owner: 'o', name: 'r', file: '.github/workflows/a.yaml', ref: 'v1' },
    ],
    [
      './.github/workflows/a.yml@v1',
      { invalid: expect.stringContaining('cannot specify version') },
    ],
    ['o/r/.github/workflows/a.yml', { invalid: expect.stringContaining('no version specified') }],
    ['o/r/workflows/a.yml@v1', { invalid: expect.stringContaining('must be rooted in') }],
    ['./.github/workflows/sub/a.yml', { invalid: expect.stringContaining('at the top level') }],
    ['./.github/workflows/a.txt', { invalid: expect.stringContaining('.yml or .yaml') }],
  ])('%s', (uses, expected) => {
    expect(parseWorkflowReference(uses)).toEqual(expected);
  });
});

describe('loadWorkflowTree', () => {
  it('follows calls, local ones in the repository of their caller', async () => {
    const { tree, problems } = await load({
      'root.yml': calling('lib/shared/.github/workflows/one.yml@v1'),
      'lib/shared/one.yml@v1': calling(local('two')),
      'lib/shared/two.yml@v1': `on: workflow_call\n${STEPS}`,
    });
    expect(problems).toEqual([]);
    expect(workflowsOf(tree).map(({ source }) => `${source.repository}@${source.ref}`)).toEqual([
      'o/r@refs/heads/main',
      'lib/shared@v1',
      'lib/shared@v1',
    ]);
  });
  it('says what is wrong, and where', async () => {
    const called = [
      'on:',
      '  workflow_call:',
      '    inputs: { size: { type: number, required: true }, name: { type: string } }',
      '    secrets: { key: { required: true } }',
      STEPS,
    ].join('\n');
    const { problems } = await load({
      'root.yml': calling(
        local('called'),
        '    with: { name: a, other: 1 }',
        '    secrets: { more: b }',
      ),
      'called.yml': called,
    });
    expect(problems).toEqual([
      `${ROOT.file}:4:11 Input size is required, but not provided while calling.`,
      `${ROOT.file}:5:29 Invalid input, other is not defined in the referenced workflow.`,
      `${ROOT.file}:4:11 Secret key is required, but not provided while calling.`,
      `${ROOT.file}:6:22 Invalid secret, more is not defined in the referenced workflow.`,
    ]);
  });
  it.each([
    ['a missing one', {}, 'workflow was not found.'],
    [
      'one that nobody may call',
      { 'called.yml': `on: push\n${STEPS}` },
      'missing a `on.workflow_call`',
    ],
    ['one with problems', { 'called.yml': 'on: workflow_call\njobs: 1' }, 'called.yml:2:7'],
    [
      'one that calls itself',
      { 'called.yml': calling(local('called')) },
      'Loops in the workflow tree',
    ],
    [
      'a wrong type',
      { 'called.yml': `on: { workflow_call: { inputs: { n: { type: number } } } }\n${STEPS}` },
      'Invalid input, n must be a number.',
    ],
  ])('refuses %s', async (_what, files: Record<string, string>, expected) => {
    const given = expected.startsWith('Invalid input') ? ['    with: { n: many }'] : [];
    const { problems } = await load({ 'root.yml': calling(local('called'), ...given), ...files });
    expect(problems).toEqual([expect.stringContaining(expected)]);
  });
  it('ends at ten levels', async () => {
    const levels = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, level) => [
          `l${level}.yml`,
          level === count - 1 ? `on: workflow_call\n${STEPS}` : calling(local(`l${level + 1}`)),
        ]),
      );
    const root = { 'root.yml': calling(local('l0')) };
    expect((await load({ ...root, ...levels(9) })).problems).toEqual([]);
    expect((await load({ ...root, ...levels(10) })).problems).toEqual([
      expect.stringContaining('would exceed the limit on called workflow depth of 10'),
    ]);
  });
  it('ends at fifty workflows', async () => {
    const jobs = Array.from({ length: 51 }, (_, n) => `  j${n}: { uses: ${local(`c${n}`)} }`);
    const files = Array.from({ length: 51 }, (_, n) => [
      `c${n}.yml`,
      `on: workflow_call\n${STEPS}`,
    ]);
    const { problems } = await load({
      'root.yml': ['on: push', 'jobs:', ...jobs].join('\n'),
      ...Object.fromEntries(files),
    });
    expect(problems).toEqual([
      expect.stringContaining('too many workflows are referenced, total: 51, limit: 50'),
    ]);
  });
});
