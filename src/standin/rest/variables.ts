import { type Request, Router } from 'express';
import { z } from 'zod';
import { type Address, type StandinClock, wireTime } from '../dependencies.ts';
import { paginate } from '../http/pagination.ts';
import { githubError, notFound } from '../http/refusal.ts';
import { bodyOf, param } from '../http/request.ts';
import type { Variable } from '../state/settings-model.ts';
import type { Store } from '../state/store.ts';
import { repositoryOf } from './lookup.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
}

const NAME = /^[A-Z_][A-Z0-9_]*$/i;
const createBody = z.looseObject({ name: z.string().regex(NAME), value: z.string() });
const updateBody = z.looseObject({ value: z.string() });

/** Configuration variables of repositories and organisations. Names are kept in upper case. */
export function variableRoutes({ store, clock, address }: Deps): Router {
  const router = Router();
  for (const base of ['/repos/:owner/:repo/actions/variables', '/orgs/:org/actions/variables']) {
    router.get(base, (request, response) => {
      const all = [...variablesAt(store, request).values()];
      const page = paginate(request, response, all, address.of(request));
      response.json({ total_count: all.length, variables: page.map(variableJson) });
    });
    router.post(base, (request, response) => {
      const { name, value } = bodyOf(request, createBody);
      const variables = variablesAt(store, request);
      const key = name.toUpperCase();
      if (variables.has(key)) throw githubError(409, 'Already exists - Variable already exists');
      variables.set(key, { name: key, value, createdAt: clock.now(), updatedAt: clock.now() });
      response.status(201).json({});
    });
    router.get(`${base}/:name`, (request, response) => {
      response.json(variableJson(variableAt(store, request)));
    });
    router.patch(`${base}/:name`, (request, response) => {
      const variable = variableAt(store, request);
      variable.value = bodyOf(request, updateBody).value;
      variable.updatedAt = clock.now();
      response.status(204).end();
    });
    router.delete(`${base}/:name`, (request, response) => {
      variablesAt(store, request).delete(variableAt(store, request).name);
      response.status(204).end();
    });
  }
  return router;
}

function variablesAt(store: Store, request: Request): Map<string, Variable> {
  const organization = param(request, 'org').toLowerCase();
  if (organization === '') return repositoryOf(store, request).variables;
  const known = store.organizationVariables.get(organization) ?? new Map<string, Variable>();
  store.organizationVariables.set(organization, known);
  return known;
}

function variableAt(store: Store, request: Request): Variable {
  const variable = variablesAt(store, request).get(param(request, 'name').toUpperCase());
  if (variable === undefined) throw notFound();
  return variable;
}

const variableJson = (variable: Variable) => ({
  name: variable.name,
  value: variable.value,
  created_at: wireTime(variable.createdAt),
  updated_at: wireTime(variable.updatedAt),
});
