import { z } from 'zod';
import { wireTime } from '../../dependencies.ts';
import { githubError, notFound } from '../../http/refusal.ts';
import { bodyOf, param } from '../../http/request.ts';
import type { Variable } from '../../state/settings-model.ts';
import { repositoryOf } from '../lookup.ts';
import {
  type Answer,
  type Call,
  created,
  listed,
  noContent,
  type Operation,
  ok,
} from '../operation.ts';
import { scoped } from '../scoped.ts';

const READ = {
  repo: 'actions_variables=read',
  org: 'organization_actions_variables=read',
  enterprise: 'user',
} as const;
const WRITE = {
  repo: 'actions_variables=write',
  org: 'organization_actions_variables=write',
  enterprise: 'user',
} as const;

const NAME = /^[A-Z_][A-Z0-9_]*$/i;
const name = z
  .string()
  .regex(
    NAME,
    'Variable names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_)',
  );
const createBody = z.looseObject({ name, value: z.string() });
const updateBody = z.looseObject({ name: name.optional(), value: z.string().optional() });

const PATH = '/actions/variables';
const ONE = `${PATH}/{name}`;

/** Configuration variables of repositories and organisations. Names are kept in upper case. */
export const VARIABLE_OPERATIONS: readonly Operation[] = [
  ...scoped({ repo: 'actions/list-repo-variables', org: 'actions/list-org-variables' }, READ, {
    method: 'GET',
    path: PATH,
    answer: (call) =>
      listed(call, 'variables', [...variablesAt(call).values()], (each) => shown(call, each)),
  }),
  ...scoped({ repo: 'actions/create-repo-variable', org: 'actions/create-org-variable' }, WRITE, {
    method: 'POST',
    path: PATH,
    answer: create,
  }),
  ...scoped({ repo: 'actions/get-repo-variable', org: 'actions/get-org-variable' }, READ, {
    method: 'GET',
    path: ONE,
    answer: (call) => ok(shown(call, variableAt(call))),
  }),
  ...scoped({ repo: 'actions/update-repo-variable', org: 'actions/update-org-variable' }, WRITE, {
    method: 'PATCH',
    path: ONE,
    answer: update,
  }),
  ...scoped({ repo: 'actions/delete-repo-variable', org: 'actions/delete-org-variable' }, WRITE, {
    method: 'DELETE',
    path: ONE,
    answer: (call) => {
      variablesAt(call).delete(variableAt(call).name);
      return noContent();
    },
  }),
];

const isOfOrganization = ({ request }: Call): boolean => param(request, 'org') !== '';

function variablesAt(call: Call): Map<string, Variable> {
  if (!isOfOrganization(call)) return repositoryOf(call).variables;
  const { organizationVariables } = call.world.store;
  const organization = param(call.request, 'org').toLowerCase();
  const known = organizationVariables.get(organization) ?? new Map<string, Variable>();
  organizationVariables.set(organization, known);
  return known;
}

function variableAt(call: Call): Variable {
  const variable = variablesAt(call).get(param(call.request, 'name').toUpperCase());
  if (variable === undefined) throw notFound();
  return variable;
}

function create(call: Call): Answer {
  const body = bodyOf(call.request, createBody);
  const { clock } = call.world;
  const variables = variablesAt(call);
  const key = body.name.toUpperCase();
  if (variables.has(key)) throw githubError(409, 'Already exists - Variable already exists');
  variables.set(key, {
    name: key,
    value: body.value,
    createdAt: clock.now(),
    updatedAt: clock.now(),
  });
  return created({});
}

function update(call: Call): Answer {
  const variable = variableAt(call);
  const body = bodyOf(call.request, updateBody);
  const variables = variablesAt(call);
  const key = body.name?.toUpperCase() ?? variable.name;
  if (key !== variable.name && variables.has(key)) {
    throw githubError(409, 'Already exists - Variable already exists');
  }
  variables.delete(variable.name);
  variables.set(key, {
    ...variable,
    name: key,
    value: body.value ?? variable.value,
    updatedAt: call.world.clock.now(),
  });
  return noContent();
}

const shown = (call: Call, variable: Variable) => ({
  name: variable.name,
  value: variable.value,
  created_at: wireTime(variable.createdAt),
  updated_at: wireTime(variable.updatedAt),
  ...(isOfOrganization(call) ? { visibility: 'all' } : {}),
});
