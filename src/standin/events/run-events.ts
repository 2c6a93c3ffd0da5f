import type { Address } from '../dependencies.ts';
import { runJson, workflowJson } from '../present/runs.ts';
import type { Background } from '../state/background.ts';
import type { Run } from '../state/model.ts';
import type { RunAtDefaultBranch } from './default-branch.ts';
import { otherPayload } from './payloads.ts';

/** How many workflows may follow one another by `workflow_run` (GitHub docs). */
const MAX_CHAIN = 3;

interface Deps {
  readonly address: Address;
  readonly background: Background;
  readonly runAtDefaultBranch: RunAtDefaultBranch;
}

type Action = 'requested' | 'in_progress' | 'completed';

/** Starts the workflows that follow another one: `on.workflow_run`, on the default branch. */
export const createRunEvents =
  ({ address, background, runAtDefaultBranch }: Deps) =>
  (action: Action, run: Run): void => {
    const { repository } = run;
    if (run.chain >= MAX_CHAIN || !repository.triggerOnPush) return;
    const url = address.url();
    const members = { action, workflow_run: runJson(run, url), workflow: workflowJson(run, url) };
    const payload = otherPayload(repository, members, address, run.actor);
    background.run('workflow_run', async () => {
      await runAtDefaultBranch(repository, {
        ...{ event: 'workflow_run', action, payload, actor: run.actor },
        ...{ workflow: run.name, headBranch: run.headRef, chain: run.chain + 1 },
      });
    });
  };
