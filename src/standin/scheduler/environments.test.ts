import { describe, expect, it } from 'vitest';
import type { Environment } from '../state/environments.ts';
import { gateOf, mayDeploy } from './environments.ts';

const environment = (changes: Partial<Environment> = {}): Environment => ({
  id: 1,
  name: 'production',
  createdAt: 0,
  updatedAt: 0,
  reviewers: [],
  preventSelfReview: false,
  waitTimer: 0,
  canAdminsBypass: true,
  branchPolicy: null,
  secrets: new Map(),
  variables: new Map(),
  ...changes,
});
const custom = (name: string, type: 'branch' | 'tag' = 'branch') =>
  environment({ branchPolicy: { kind: 'custom', policies: [{ id: 1, name, type }] } });
const guarded = environment({ branchPolicy: { kind: 'protected' } });

describe('mayDeploy', () => {
  it.each<[string, Environment, readonly string[], string, boolean]>([
    ['all', environment(), [], 'refs/heads/topic', true],
    ['a protected branch', guarded, ['main'], 'refs/heads/main', true],
    ['a branch that is not protected', guarded, ['main'], 'refs/heads/topic', false],
    ['a tag, where branches are protected', guarded, ['main'], 'refs/tags/main', false],
    ['any, where none is protected', guarded, [], 'refs/heads/topic', true],
    ['one that a pattern matches', custom('release/*'), [], 'refs/heads/release/1', true],
    ['one that no pattern matches', custom('release/*'), [], 'refs/heads/main', false],
    ['a tag, by a pattern for branches', custom('v*'), [], 'refs/tags/v1', false],
    ['a tag, by a pattern for tags', custom('v*', 'tag'), [], 'refs/tags/v1', true],
    ['a pull request', custom('main'), [], 'refs/pull/1/merge', false],
  ])('%s', (_what, each, protectedBranches, ref, allowed) => {
    expect(mayDeploy(each, { protectedBranches }, ref)).toBe(allowed);
  });
});

it('holds a job for people and for time', () => {
  expect(gateOf(environment(), 0)).toBeNull();
  expect(gateOf(environment({ waitTimer: 2 }), 1000)).toEqual({
    environment: 'production',
    needsApproval: false,
    waitsUntil: 121_000,
  });
});
