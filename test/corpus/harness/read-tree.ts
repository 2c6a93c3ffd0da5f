import type { Problem } from '../../../src/actions/workflow-model.ts';
import { parseWorkflow } from '../../../src/actions/workflow-parse.ts';
import {
  defaultPermissions,
  permissionProblems,
} from '../../../src/actions/workflow-permissions.ts';
import {
  loadWorkflowTree,
  type ReadCalled,
  type WorkflowTree,
} from '../../../src/actions/workflow-tree.ts';
import { SHA, WORKFLOW_FILE } from './create-run.ts';
import type { WrittenCase } from './read-corpus.ts';

const REPOSITORY = 'octo/demo';

/** The workflow of a case with those that it calls: of its `files`, or of the repositories of `actions`. */
export async function readTree(
  written: WrittenCase,
): Promise<{ readonly tree: WorkflowTree | null; readonly problems: readonly Problem[] }> {
  const { workflow, problems } = parseWorkflow(WORKFLOW_FILE, written.workflow);
  if (workflow === null) return { tree: null, problems };
  const { ref, token } = written.given;
  const source = { repository: REPOSITORY, file: WORKFLOW_FILE, ref, sha: SHA };
  const loaded = await loadWorkflowTree(workflow, source, readCalled(written));
  const wrong = [
    ...loaded.problems,
    ...permissionProblems(loaded.tree, defaultPermissions(token)).map((problem) => ({
      file: WORKFLOW_FILE,
      ...problem,
    })),
  ];
  return wrong.length > 0 ? { tree: null, problems: wrong } : { tree: loaded.tree, problems: [] };
}

function readCalled({ given }: WrittenCase): ReadCalled {
  return async (reference, from) => {
    const isOwn = reference.kind === 'local' && from.repository === REPOSITORY;
    const [repository, ref] =
      reference.kind === 'local'
        ? [from.repository, from.ref]
        : [`${reference.owner}/${reference.name}`, reference.ref];
    const files = isOwn ? given.files : given.actions[`${repository}@${ref}`];
    const text = files?.[reference.file];
    if (text === undefined) return null;
    return { source: { repository, file: reference.file, ref, sha: SHA }, text };
  };
}
