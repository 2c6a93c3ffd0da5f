import { wireTime } from '../../dependencies.ts';
import { githubError } from '../../http/refusal.ts';
import { query } from '../../http/request.ts';
import { runnerJson } from '../../present/runners.ts';
import { removeRunner } from '../../scheduler/conclude.ts';
import { scopeOf } from '../lookup.ts';
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
import { READ, WRITE } from './access.ts';
import { RUNNER_PACKAGES } from './downloads.ts';
import { registerJustInTime } from './just-in-time.ts';
import { runnerOf, runnersAt } from './lookup.ts';

/** Self-hosted runners of repositories, organisations and enterprises (protocol A.1). */
export const RUNNER_OPERATIONS: readonly Operation[] = [
  ...scoped(
    {
      repo: 'actions/list-self-hosted-runners-for-repo',
      org: 'actions/list-self-hosted-runners-for-org',
      enterprise: 'enterprise-admin/list-self-hosted-runners-for-enterprise',
    },
    READ,
    { method: 'GET', path: '/actions/runners', answer: list },
  ),
  ...scoped(
    {
      repo: 'actions/get-self-hosted-runner-for-repo',
      org: 'actions/get-self-hosted-runner-for-org',
      enterprise: 'enterprise-admin/get-self-hosted-runner-for-enterprise',
    },
    READ,
    {
      method: 'GET',
      path: '/actions/runners/{runner_id}',
      answer: (call) => ok(runnerJson(runnerOf(call), call.world.clock)),
    },
  ),
  ...scoped(
    {
      repo: 'actions/delete-self-hosted-runner-from-repo',
      org: 'actions/delete-self-hosted-runner-from-org',
      enterprise: 'enterprise-admin/delete-self-hosted-runner-from-enterprise',
    },
    WRITE,
    { method: 'DELETE', path: '/actions/runners/{runner_id}', answer: remove },
  ),
  ...scoped(
    {
      repo: 'actions/generate-runner-jitconfig-for-repo',
      org: 'actions/generate-runner-jitconfig-for-org',
      enterprise: 'actions/generate-runner-jitconfig-for-enterprise',
    },
    WRITE,
    {
      method: 'POST',
      path: '/actions/runners/generate-jitconfig',
      answer: async (call) => created(await registerJustInTime(call)),
    },
  ),
  ...scoped(
    {
      repo: 'actions/create-registration-token-for-repo',
      org: 'actions/create-registration-token-for-org',
      enterprise: 'enterprise-admin/create-registration-token-for-enterprise',
    },
    WRITE,
    {
      method: 'POST',
      path: '/actions/runners/registration-token',
      answer: (call) => issueToken(call, 'registration'),
    },
  ),
  ...scoped(
    {
      repo: 'actions/create-remove-token-for-repo',
      org: 'actions/create-remove-token-for-org',
      enterprise: 'enterprise-admin/create-remove-token-for-enterprise',
    },
    WRITE,
    {
      method: 'POST',
      path: '/actions/runners/remove-token',
      answer: (call) => issueToken(call, 'remove'),
    },
  ),
  ...scoped(
    {
      repo: 'actions/list-runner-applications-for-repo',
      org: 'actions/list-runner-applications-for-org',
      enterprise: 'enterprise-admin/list-runner-applications-for-enterprise',
    },
    READ,
    {
      method: 'GET',
      path: '/actions/runners/downloads',
      answer: (call) => {
        scopeOf(call);
        return ok(RUNNER_PACKAGES);
      },
    },
  ),
];

/** A token by which `config.sh` registers or removes runners of a scope (protocol A.3). */
function issueToken(call: Call, kind: 'registration' | 'remove'): Answer {
  const { text, expiresAt } = call.world.registrationTokens.issue(kind, scopeOf(call));
  return created({ token: text, expires_at: wireTime(expiresAt) });
}

function list(call: Call): Answer {
  const name = query(call.request, 'name');
  const runners = runnersAt(call, scopeOf(call)).filter(
    (runner) => name === undefined || runner.name === name,
  );
  return listed(call, 'runners', runners, (runner) => runnerJson(runner, call.world.clock));
}

function remove(call: Call): Answer {
  const { store, offers, log } = call.world;
  const runner = runnerOf(call);
  if (runner.jobId !== null) {
    throw githubError(422, `Bad request - Runner "${runner.name}" is still running a job"`);
  }
  removeRunner(store, offers, runner);
  log.info('runner removed', { runner: runner.name });
  return noContent();
}
