import { describe, expect, it } from 'vitest';
import type { TemplateToken } from './template-token.ts';
import { parseWorkflow } from './workflow-parse.ts';
import {
  allows,
  defaultPermissions,
  forkLimit,
  jobPermissions,
  noLimit,
  permissionProblems,
} from './workflow-permissions.ts';
import { loadWorkflowTree } from './workflow-tree.ts';

const asked = (members: Record<string, string>): TemplateToken => ({
  type: 2,
  map: Object.entries(members).map(([Key, Value]) => ({ Key, Value })),
});
const of = (wish: Partial<Parameters<typeof jobPermissions>[0]>) =>
  jobPermissions({
    job: undefined,
    workflow: undefined,
    default: defaultPermissions('read'),
    limit: noLimit,
    ...wish,
  });

describe('permissions of a job token', () => {
  it('are those of the setting where nobody says', () => {
    expect(of({})).toMatchObject({ contents: 'read', packages: 'read', issues: 'none' });
    const wide = of({ default: defaultPermissions('write') });
    expect(wide).toMatchObject({ contents: 'write', models: 'read', 'id-token': 'none' });
  });
  it('are closed where the key leaves a scope out', () => {
    expect(of({ workflow: asked({ issues: 'write' }) })).toMatchObject({
      issues: 'write',
      contents: 'none',
    });
    expect(of({ workflow: asked({}) })).toMatchObject({ contents: 'none' });
  });
  it('are those of the job, not of the workflow', () => {
    const workflow = asked({ contents: 'write' });
    expect(of({ workflow, job: asked({ checks: 'read' }) })).toMatchObject({
      checks: 'read',
      contents: 'none',
    });
    expect(of({ workflow, job: 'read-all' })).toMatchObject({ contents: 'read', issues: 'read' });
    expect(of({ job: 'write-all' })).toMatchObject({ 'id-token': 'write', contents: 'write' });
  });
  it('never go beyond the limit', () => {
    expect(of({ job: 'write-all', limit: forkLimit })).toMatchObject({
      contents: 'read',
      'id-token': 'none',
    });
  });
  it('include what is lower', () => {
    const permissions = of({ job: asked({ contents: 'write', issues: 'read' }) });
    expect(allows(permissions, 'contents', 'read')).toBe(true);
    expect(allows(permissions, 'issues', 'write')).toBe(false);
    expect(allows(permissions, 'checks', 'read')).toBe(false);
  });
});

const CALLER = (permissions: string) => `on: push
permissions: ${permissions}
jobs:
  call:
    uses: ./.github/workflows/called.yml
`;
const CALLED = (permissions: string) => `on: workflow_call
jobs:
  inner:
    runs-on: x
    permissions: ${permissions}
    steps: [{ run: a }]
`;

it.each([
  ['{ contents: write }', '{ contents: read }', []],
  [
    '{ contents: read }',
    '{ contents: write, issues: read }',
    [
      "5:11 Error calling workflow './.github/workflows/called.yml'. The nested job 'inner' is requesting 'contents: write, issues: read', but is only allowed 'contents: read, issues: none'.",
    ],
  ],
])('a caller with %s and a job with %s', async (above, below, expected) => {
  const { workflow } = parseWorkflow('a.yml', CALLER(above));
  if (workflow === null) throw new Error('the workflow has problems');
  const source = { repository: 'o/r', file: 'a.yml', ref: 'refs/heads/main', sha: 's' };
  const { tree } = await loadWorkflowTree(workflow, source, async () => ({
    source: { ...source, file: '.github/workflows/called.yml' },
    text: CALLED(below),
  }));
  const problems = permissionProblems(tree, defaultPermissions('read'));
  expect(problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual(
    expected,
  );
});
