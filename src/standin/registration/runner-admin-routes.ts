import { type Request, Router } from 'express';
import type { StandinClock } from '../dependencies.ts';
import { githubError, notFound } from '../http/refusal.ts';
import { param, query } from '../http/request.ts';
import { runnerJson } from '../present/runners.ts';
import { removeRunner } from '../scheduler/conclude.ts';
import type { Offers } from '../scheduler/offers.ts';
import { enterpriseScope } from '../state/runner-groups.ts';
import type { Store } from '../state/store.ts';
import { poolsOf } from '../tenant/pools.ts';
import type { RegistrationTokens } from './registration-tokens.ts';
import { registrationOf } from './remote-auth.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly registrationTokens: RegistrationTokens;
  readonly offers: Offers;
}

const SCOPES = ['/repos/:owner/:name', '/orgs/:owner', '/enterprises/:slug'];

/** The few calls of REST that a registration token opens, to its own scope (protocol A.3, 2b). */
export function runnerAdminRoutes({ store, clock, registrationTokens, offers }: Deps): Router {
  const router = Router();
  const scopeFor = (request: Request): string =>
    registrationOf(registrationTokens, request, scopeOf(request)).scope;
  for (const base of SCOPES.map((scope) => `${scope}/actions`)) {
    router.get(`${base}/runner-groups`, (request, response) => {
      const groups = poolsOf(store, scopeFor(request));
      response.json({
        total_count: groups.length,
        runner_groups: groups.map(({ id, name, isDefault }) => ({
          ...{ id, name, default: isDefault, is_hosted: false },
        })),
      });
    });
    router.get(`${base}/runners`, (request, response) => {
      const scope = scopeFor(request);
      const name = query(request, 'name');
      const runners = [...store.runners.values()].filter(
        (runner) =>
          isSame(runner.scope, scope) && (name === undefined || isSame(runner.name, name)),
      );
      response.json({
        total_count: runners.length,
        runners: runners.map((runner) => runnerJson(runner, clock)),
      });
    });
    router.delete(`${base}/runners/:id`, (request, response) => {
      const scope = scopeFor(request);
      const runner = store.runners.get(Number(param(request, 'id')));
      if (runner === undefined || !isSame(runner.scope, scope)) throw notFound();
      if (runner.jobId !== null) {
        throw githubError(422, `Bad request - Runner "${runner.name}" is still running a job`);
      }
      removeRunner(store, offers, runner);
      response.status(204).end();
    });
  }
  return router;
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

function scopeOf(request: Request): string {
  const [owner, name, slug] = ['owner', 'name', 'slug'].map((each) => param(request, each));
  if (slug !== undefined && slug !== '') return enterpriseScope(slug);
  return name === '' ? String(owner) : `${owner}/${name}`;
}
