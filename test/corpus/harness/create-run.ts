import { randomUUID } from 'node:crypto';
import type { Value } from '../../../src/actions/expressions.ts';
import { resolveInputs } from '../../../src/actions/workflow-inputs.ts';
import type { WorkflowTree } from '../../../src/actions/workflow-tree.ts';
import type { Address, StandinClock } from '../../../src/standin/dependencies.ts';
import { newRun } from '../../../src/standin/events/new-run.ts';
import {
  dispatchPayload,
  otherPayload,
  pushPayload,
} from '../../../src/standin/events/payloads.ts';
import type { Repository, Run } from '../../../src/standin/state/model.ts';
import type { Store } from '../../../src/standin/state/store.ts';
import type { CorpusCase } from './case-schema.ts';

export const WORKFLOW_FILE = '.github/workflows/ci.yml';
export const SHA = 'b8d1e6523d9961079ec9dc634035b8960498bf1b';
const BEFORE = '1c002dd4b536e7479fe34593e72e6c6c1819e53b';
/** Gives a repository the secrets and variables of a case. */
function fillRepository(repository: Repository, given: CorpusCase, now: number): void {
  repository.actions.defaultPermissions = given.token;
  for (const [name, value] of Object.entries(given.secrets)) {
    repository.secrets.set(name.toUpperCase(), value);
  }
  for (const [name, value] of Object.entries(given.vars)) {
    repository.variables.set(name, { name, value, createdAt: now, updatedAt: now });
  }
}

export interface RunPlace {
  readonly store: Store;
  readonly clock: StandinClock;
  readonly address: Address;
}

/** A run of the workflow in a repository with the secrets and variables of the case; not begun. */
export function createRun(
  { store, clock, address }: RunPlace,
  tree: WorkflowTree,
  given: CorpusCase,
): Run {
  const { event, ref } = given;
  const repository = store.addRepository('octo', 'demo');
  fillRepository(repository, given, clock.now());
  const inputs = resolveInputs(tree.workflow.dispatchInputs, given.inputs);
  if ('refused' in inputs) throw new Error(inputs.refused);
  const isPull = event.startsWith('pull_request');
  const run = newRun(store, clock, address, {
    ...{ repository, headRepository: repository, tree, name: null, event, ref, jobs: null },
    ...{ file: WORKFLOW_FILE, problems: [], actor: 'octocat', chain: 0, needsApproval: false },
    pull: null,
    inputs: event === 'workflow_dispatch' ? inputs.typed : {},
    payload: {
      ...payloadOf(address, repository, given, inputs.texts),
      ...(given.payload as Payload),
    },
    planId: randomUUID(),
    baseRef: isPull ? 'main' : '',
    headRef: isPull ? 'topic' : 'main',
    sha: SHA,
    headSha: SHA,
    title: 'A commit',
  });
  store.runs.set(run.id, run);
  return run;
}

type Payload = Readonly<Record<string, Value>>;

function payloadOf(
  address: Address,
  repository: Repository,
  { event, ref }: CorpusCase,
  inputs: Readonly<Record<string, string>>,
): Payload {
  const commit = {
    sha: SHA,
    message: 'A commit',
    authorName: 'Mona',
    authorEmail: 'mona@example.com',
    at: '2024-05-06T07:08:09Z',
  };
  switch (event) {
    case 'push':
      return pushPayload(
        repository,
        { ref, before: BEFORE, after: SHA, commits: [commit] },
        address,
      );
    case 'workflow_dispatch':
      return dispatchPayload(repository, ref, WORKFLOW_FILE, inputs, address);
    default:
      return otherPayload(repository, {}, address);
  }
}
