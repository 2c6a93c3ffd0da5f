import { z } from 'zod';
import { githubError, notFound } from '../../http/refusal.ts';
import { bodyOf } from '../../http/request.ts';
import { runnerJson } from '../../present/runners.ts';
import type { Runner, RunnerGroup } from '../../state/model.ts';
import { DEFAULT_GROUP_ID } from '../../state/runner-groups.ts';
import { sameScope, scopeOf } from '../lookup.ts';
import { type Answer, type Call, listed, noContent, type Operation } from '../operation.ts';
import { scoped } from '../scoped.ts';
import { READ, WRITE } from './access.ts';
import { groupOf, ownGroup, runnerOf, runnersAt } from './lookup.ts';

const PATH = '/actions/runner-groups/{runner_group_id}/runners';
const body = z.looseObject({ runners: z.array(z.number().int()) });

/** The runners in a group. A runner is always in one: taken out of a group it is in the default one. */
export const GROUP_MEMBER_OPERATIONS: readonly Operation[] = [
  ...scoped(
    {
      org: 'actions/list-self-hosted-runners-in-group-for-org',
      enterprise: 'enterprise-admin/list-self-hosted-runners-in-group-for-enterprise',
    },
    READ,
    { method: 'GET', path: PATH, answer: list },
  ),
  ...scoped(
    {
      org: 'actions/set-self-hosted-runners-in-group-for-org',
      enterprise: 'enterprise-admin/set-self-hosted-runners-in-group-for-enterprise',
    },
    WRITE,
    { method: 'PUT', path: PATH, answer: replace },
  ),
  ...scoped(
    {
      org: 'actions/add-self-hosted-runner-to-group-for-org',
      enterprise: 'enterprise-admin/add-self-hosted-runner-to-group-for-enterprise',
    },
    WRITE,
    {
      method: 'PUT',
      path: `${PATH}/{runner_id}`,
      answer: (call) => {
        moveRunners(call, [runnerOf(call).id], ownGroup(call));
        return noContent();
      },
    },
  ),
  ...scoped(
    {
      org: 'actions/remove-self-hosted-runner-from-group-for-org',
      enterprise: 'enterprise-admin/remove-self-hosted-runner-from-group-for-enterprise',
    },
    WRITE,
    { method: 'DELETE', path: `${PATH}/{runner_id}`, answer: takeOut },
  ),
];

/** The organisation's own runners; those of an inherited group belong to the enterprise. */
function list(call: Call): Answer {
  const group = groupOf(call);
  const runners = [...call.world.store.runners.values()].filter(
    (runner) => sameScope(runner.scope, group.scope) && runner.groupId === group.id,
  );
  return listed(call, 'runners', runners, (runner) => runnerJson(runner, call.world.clock));
}

function put({ world: { store } }: Call, runner: Runner, groupId: number): void {
  store.runners.touch(runner.id);
  runner.groupId = groupId;
}

/** Puts runners of the same scope into a group. Refuses an id that is none of its runners. */
export function moveRunners(call: Call, ids: readonly number[], group: RunnerGroup): void {
  const all = runnersAt(call, scopeOf(call));
  const unknown = ids.filter((id) => !all.some((runner) => runner.id === id));
  if (unknown.length > 0) throw githubError(422, `No runner found with id ${unknown.join(', ')}`);
  for (const runner of all) if (ids.includes(runner.id)) put(call, runner, group.id);
  call.world.offers.offerJobs();
}

function replace(call: Call): Answer {
  const group = ownGroup(call);
  const { runners } = bodyOf(call.request, body);
  moveRunners(call, runners, group);
  for (const runner of runnersAt(call, group.scope)) {
    if (runner.groupId === group.id && !runners.includes(runner.id)) {
      put(call, runner, DEFAULT_GROUP_ID);
    }
  }
  return noContent();
}

function takeOut(call: Call): Answer {
  const runner = runnerOf(call);
  if (runner.groupId !== ownGroup(call).id) throw notFound();
  runner.groupId = DEFAULT_GROUP_ID;
  call.world.offers.offerJobs();
  return noContent();
}
