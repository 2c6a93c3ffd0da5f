import { parseWorkflow } from '../../../actions/workflow-parse.ts';
import { notFound } from '../../http/refusal.ts';
import { param } from '../../http/request.ts';
import type { Repository } from '../../state/model.ts';
import { pathOf, repositoryOf } from '../lookup.ts';
import type { Call } from '../operation.ts';

export interface KnownWorkflow {
  readonly id: number;
  readonly file: string;
  readonly name: string;
}

const FOLDER = '.github/workflows';

/** The workflow files of the default branch, and those of other branches that have run. */
export async function filesOfWorkflows(
  { world }: Call,
  repository: Repository,
): Promise<readonly KnownWorkflow[]> {
  const { history, store } = world;
  const path = pathOf(world, repository);
  const sha = await history.resolve(path, `refs/heads/${repository.defaultBranch}`);
  const files = sha === null ? [] : await history.filesIn(path, sha, FOLDER);
  const here = files.filter((file) => /\.ya?ml$/.test(file));
  for (const file of here) {
    if (!repository.workflowIds.has(file)) repository.workflowIds.set(file, store.nextSmallId());
  }
  return Promise.all(
    [...repository.workflowIds].map(async ([file, id]) => ({
      id,
      file,
      name:
        (sha === null || !here.includes(file) ? null : await nameIn(world, path, sha, file)) ??
        file,
    })),
  );
}

async function nameIn({ history }: Call['world'], path: string, sha: string, file: string) {
  const text = (await history.read(path, sha, file))?.toString('utf8') ?? '';
  return parseWorkflow(file, text).workflow?.name ?? null;
}

/** The workflow that the path names by its id, its file's name or its path. */
export async function workflowOf(call: Call): Promise<KnownWorkflow> {
  const named = param(call.request, 'workflow_id');
  const known = await filesOfWorkflows(call, repositoryOf(call));
  const found = known.find(
    ({ id, file }) => String(id) === named || file === named || file === `${FOLDER}/${named}`,
  );
  if (found === undefined) throw notFound();
  return found;
}
