import { ACTOR } from '../events/payloads.ts';
import { param } from '../http/request.ts';
import { fullOrganizationJson, fullUserJson } from '../present/accounts.ts';
import { accountOf } from '../state/accounts.ts';
import { type Operation, ok } from './operation.ts';

const ZEN = [
  'Keep it logically awesome.',
  'Half measures are as bad as nothing at all.',
  'Speak like a human.',
];

/** People, organisations, and what the API says of itself. */
export const ACCOUNT_OPERATIONS: readonly Operation[] = [
  {
    id: 'users/get-authenticated',
    method: 'GET',
    path: '/user',
    access: 'user',
    answer: ({ world, url }) =>
      ok(fullUserJson(accountOf(world.store.accounts, ACTOR), url, 'User')),
  },
  {
    id: 'users/get-by-username',
    method: 'GET',
    path: '/users/{username}',
    access: 'anyone',
    answer: ({ world, request, url }) => {
      const account = accountOf(world.store.accounts, param(request, 'username'));
      return ok(fullUserJson(account, url, account.type));
    },
  },
  {
    id: 'orgs/get',
    method: 'GET',
    path: '/orgs/{org}',
    access: 'anyone',
    answer: ({ world, request, url }) =>
      ok(fullOrganizationJson(accountOf(world.store.accounts, param(request, 'org')), url)),
  },
  {
    id: 'rate-limit/get',
    method: 'GET',
    path: '/rate_limit',
    access: 'anyone',
    answer: ({ world, caller, request }) => {
      const core = world.rateLimits.stateOf(caller, request.ip ?? '');
      const { limit, remaining, reset } = core;
      // Nothing but `core` is served here, so nothing is ever taken from the others.
      const rest = { limit, remaining: limit, reset, used: 0 };
      const rate = { limit, remaining, reset, used: core.used };
      return ok({ resources: { core: rate, search: rest, graphql: rest }, rate });
    },
  },
  {
    id: 'meta/get',
    method: 'GET',
    path: '/meta',
    access: 'anyone',
    answer: () => ok({ verifiable_password_authentication: false }),
  },
  {
    id: 'meta/get-zen',
    method: 'GET',
    path: '/zen',
    access: 'anyone',
    answer: ({ world }) => ({
      status: 200,
      body: Buffer.from(ZEN[world.clock.now() % ZEN.length] ?? ''),
      headers: { 'Content-Type': 'text/plain;charset=utf-8' },
    }),
  },
  {
    id: 'meta/get-all-versions',
    method: 'GET',
    path: '/versions',
    access: 'anyone',
    answer: () => ok(['2022-11-28', '2026-03-10']),
  },
];
