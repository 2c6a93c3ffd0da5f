import { z } from 'zod';
import { githubError, notForIntegrations, notFound } from '../../http/refusal.ts';
import { bodyOf } from '../../http/request.ts';
import { runnerJson } from '../../present/runners.ts';
import { addRunner, lowerCase, runnerCalled } from '../../registration/new-runner.ts';
import type { RunnerGroup } from '../../state/model.ts';
import {
  DEFAULT_GROUP_ID,
  groupsOf,
  HOSTED_GROUP_ID,
  scopeKind,
} from '../../state/runner-groups.ts';
import { encodeJitConfig } from '../../tokens/jit-config.ts';
import { scopeOf } from '../lookup.ts';
import type { Call } from '../operation.ts';

const body = z.looseObject({
  name: z.string().min(1),
  runner_group_id: z.number().int(),
  labels: z.array(z.string().min(1).max(256)).min(1).max(100),
  work_folder: z.string().min(1).default('_work'),
});

/** Makes the runner's record, which exists from now on, and its three files (protocol A.1, A.2). */
export async function registerJustInTime(call: Call) {
  const { address, keys, clock, log } = call.world;
  const scope = scopeOf(call);
  const { name, labels, runner_group_id: groupId, work_folder } = bodyOf(call.request, body);
  refuseGroup(call, scope, groupId);
  const { publicKey, privateKey } = await keys.take();
  refuseTakenName(call, scope, name);
  const runner = addRunner(call.world, {
    ...{ scope, name, groupId, labels: lowerCase(labels) },
    publicKey: publicKey.export({ format: 'jwk' }),
    ...{ ephemeral: true, disableUpdate: true },
  });
  log.info('runner registered', { runner: name, scope, labels: runner.labels });
  return {
    runner: runnerJson(runner, clock),
    encoded_jit_config: encodeJitConfig(runner, privateKey, work_folder, address.url()),
  };
}

/** Runners of a repository are all in the default group; GitHub's own group takes nobody's. */
function refuseGroup({ world: { store } }: Call, scope: string, groupId: number): void {
  if (groupId === HOSTED_GROUP_ID) throw notForIntegrations();
  const known: readonly Pick<RunnerGroup, 'id'>[] =
    scopeKind(scope) === 'repository' ? [{ id: DEFAULT_GROUP_ID }] : groupsOf(store, scope);
  if (!known.some(({ id }) => id === groupId)) throw notFound();
}

function refuseTakenName({ world: { store } }: Call, scope: string, name: string): void {
  if (runnerCalled(store, scope, name) !== undefined) {
    throw githubError(409, `Already exists - A runner with the name ${name} already exists.`);
  }
}
