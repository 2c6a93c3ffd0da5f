import type { Problem, Workflow } from '../../actions/workflow-model.ts';
import { parseWorkflow } from '../../actions/workflow-parse.ts';
import { defaultPermissions, permissionProblems } from '../../actions/workflow-permissions.ts';
import {
  loadWorkflowTree,
  type ReadCalled,
  type WorkflowTree,
} from '../../actions/workflow-tree.ts';
import type { GitHistory } from '../git/history.ts';
import type { GitRepositories } from '../git/repositories.ts';
import { fullName, type Repository } from '../state/model.ts';
import type { Store } from '../state/store.ts';

export const WORKFLOW_FOLDER = '.github/workflows';

/** A workflow file that an event means, with all that it calls; `tree` is null where there are problems. */
export interface FoundWorkflow {
  readonly file: string;
  readonly name: string | null;
  readonly tree: WorkflowTree | null;
  readonly problems: readonly Problem[];
}

interface Place {
  readonly repository: Repository;
  readonly sha: string;
  readonly ref: string;
  /** Only this file, by path or by name. */
  readonly file: string | null;
  readonly isMeant: (workflow: Workflow) => boolean;
  /** Whether files that cannot be read are among the found ones: nobody knows what they mean. */
  readonly withBroken: boolean;
}

interface Deps {
  readonly store: Store;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
}

export type ReadWorkflows = (place: Place) => Promise<readonly FoundWorkflow[]>;

/** Reads the workflow files of a commit, and from other commits what they call. */
export function createReadWorkflows(deps: Deps): ReadWorkflows {
  const { repositories, history } = deps;
  return async (place) => {
    const { repository, sha, file: only } = place;
    const path = repositories.pathOf(repository.owner, repository.name);
    const files = (await history.filesIn(path, sha, WORKFLOW_FOLDER)).filter(
      (file) =>
        /\.ya?ml$/.test(file) &&
        (only === null || file === only || file === `${WORKFLOW_FOLDER}/${only}`),
    );
    const found = await Promise.all(files.map((file) => readOne(deps, place, path, file)));
    return found.filter((each) => each !== null);
  };
}

async function readOne(
  deps: Deps,
  { repository, sha, ref, isMeant, withBroken }: Place,
  path: string,
  file: string,
): Promise<FoundWorkflow | null> {
  const text = (await deps.history.read(path, sha, file))?.toString('utf8') ?? '';
  const { workflow, problems } = parseWorkflow(file, text);
  if (workflow === null) return withBroken ? { file, name: null, tree: null, problems } : null;
  if (!isMeant(workflow)) return null;
  const { name } = workflow;
  const source = { repository: fullName(repository), file, ref, sha };
  const loaded = await loadWorkflowTree(workflow, source, createReadCalled(deps));
  const byDefault = defaultPermissions(repository.actions.defaultPermissions);
  const wrong = [
    ...loaded.problems,
    ...permissionProblems(loaded.tree, byDefault).map((problem) => ({ file, ...problem })),
  ];
  return { file, name, tree: wrong.length > 0 ? null : loaded.tree, problems: wrong };
}

/** Reads called workflows: of the same repository at the commit of the caller, of others at their ref. */
function createReadCalled({ store, repositories, history }: Deps): ReadCalled {
  const read = async (repository: Repository, sha: string, ref: string, file: string) => {
    const path = repositories.pathOf(repository.owner, repository.name);
    const text = await history.read(path, sha, file);
    if (text === null) return null;
    const source = { repository: fullName(repository), file, ref, sha };
    return { source, text: text.toString('utf8') };
  };
  return async (reference, from) => {
    const [owner = '', name = ''] =
      reference.kind === 'local' ? from.repository.split('/') : [reference.owner, reference.name];
    const repository = store.repository(owner, name);
    if (repository === undefined) return null;
    if (reference.kind === 'local') return read(repository, from.sha, from.ref, reference.file);
    const path = repositories.pathOf(owner, name);
    const sha = await history.resolveName(path, reference.ref);
    if (sha === null) return null;
    const refs = await repositories.refs(path);
    const full = [`refs/heads/${reference.ref}`, `refs/tags/${reference.ref}`];
    const ref = full.find((each) => refs.has(each)) ?? reference.ref;
    return read(repository, sha, ref, reference.file);
  };
}
