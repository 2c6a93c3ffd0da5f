import { Router } from 'express';
import { z } from 'zod';
import type { Address, StandinClock } from '../dependencies.ts';
import { bodyOf } from '../http/request.ts';
import { addRunner, lowerCase, runnerCalled } from '../registration/new-runner.ts';
import type { Store } from '../state/store.ts';
import { runnerReference } from '../tenant/agent-json.ts';
import { agentExists } from '../tenant/agents.ts';
import { invalidRequest } from '../tenant/tenant-error.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';
import { encodeJitConfig } from '../tokens/jit-config.ts';
import type { KeyPool } from '../tokens/key-pool.ts';
import { findScaleSet } from './find.ts';

interface Deps {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
  readonly tokens: AccessTokens;
  readonly keys: KeyPool;
}

const body = z.looseObject({
  name: z.string().min(1),
  workFolder: z
    .string()
    .nullish()
    .transform((folder) => folder || '_work'),
});

/** A runner for a scale set, which needs no other registration (protocol H.2). */
export function scaleSetRunnerRoutes(deps: Deps): Router {
  const { store, keys, address } = deps;
  const router = Router();
  router.post('/_apis/runtime/runnerscalesets/:id/generatejitconfig', async (request, response) => {
    const set = await findScaleSet(deps, request);
    const { name, workFolder } = bodyOf(request, body, invalidRequest);
    const { publicKey, privateKey } = await keys.take();
    if (runnerCalled(store, set.scope, name) !== undefined) throw agentExists(name);
    const runner = addRunner(deps, {
      ...{ scope: set.scope, name, groupId: set.groupId, scaleSetId: set.id },
      labels: lowerCase(set.labels.map((label) => label.name)),
      publicKey: publicKey.export({ format: 'jwk' }),
      ...{ ephemeral: true, disableUpdate: set.disableUpdate },
    });
    const more = { RunnerScaleSetId: set.id, RunnerScaleSetName: set.name };
    response.json({
      runner: runnerReference(runner),
      encodedJITConfig: encodeJitConfig(runner, privateKey, workFolder, address.url(), more),
    });
  });
  return router;
}
