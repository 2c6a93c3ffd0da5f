import type { Access } from '../operation.ts';

type OfScope = Readonly<Record<'repo' | 'org' | 'enterprise', Access>>;

/** No App of ours belongs to an enterprise: users alone administer it. */
export const READ: OfScope = {
  repo: 'administration=read',
  org: 'organization_self_hosted_runners=read',
  enterprise: 'user',
};

export const WRITE: OfScope = {
  repo: 'administration=write',
  org: 'organization_self_hosted_runners=write',
  enterprise: 'user',
};
