import type { Access } from '../operation.ts';

type OfScope = Readonly<Record<'repo' | 'org' | 'enterprise', Access>>;

export const READ: OfScope = {
  repo: 'repository_hooks=read',
  org: 'organization_hooks=read',
  enterprise: 'user',
};

export const WRITE: OfScope = {
  repo: 'repository_hooks=write',
  org: 'organization_hooks=write',
  enterprise: 'user',
};
