import type { Access, Operation } from './operation.ts';

type Scope = 'repo' | 'org' | 'enterprise';

const ROOTS: Readonly<Record<Scope, string>> = {
  repo: '/repos/{owner}/{repo}',
  org: '/orgs/{org}',
  enterprise: '/enterprises/{enterprise}',
};

/** The same operation of repositories, organisations and enterprises, where each has an id of its own. */
export const scoped = (
  ids: Partial<Readonly<Record<Scope, string>>>,
  access: Readonly<Record<Scope, Access>>,
  operation: Omit<Operation, 'id' | 'access'>,
): readonly Operation[] =>
  (['repo', 'org', 'enterprise'] as const).flatMap((scope) => {
    const id = ids[scope];
    const path = `${ROOTS[scope]}${operation.path}`;
    return id === undefined ? [] : [{ ...operation, id, path, access: access[scope] }];
  });
