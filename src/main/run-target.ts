import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Problem } from '../actions/workflow-model.ts';

const WORKFLOWS = path.join('.github', 'workflows');

export interface WorkflowText {
  /** As GitHub names it: `.github/workflows/ci.yml`. */
  readonly path: string;
  readonly text: string;
}

/** What `runnerhub run` was pointed at, ready to be pushed. */
export interface RunTarget extends AsyncDisposable {
  /** The folder whose content becomes the repository. */
  readonly folder: string;
  readonly workflows: readonly WorkflowText[];
  /** Every workflow of the folder: also those that the ones to run may call. */
  readonly known: readonly WorkflowText[];
}

const missing = (file: string, message: string): readonly Problem[] => [
  { file, line: 1, column: 1, message },
];

/**
 * A folder stands for its `.github/workflows`; a workflow file in such a folder stands for its
 * repository with only this workflow; any other file becomes a repository of its own.
 * Answers problems instead when there is nothing to run.
 */
export async function openTarget(
  target: string,
): Promise<RunTarget | { problems: readonly Problem[] }> {
  const absolute = path.resolve(target);
  const found = await stat(absolute).catch(() => null);
  if (found === null) return { problems: missing(target, 'There is no such file or folder') };
  if (found.isDirectory()) return openFolder(absolute, target);
  const root = repositoryOf(absolute);
  const text = await readFile(absolute, 'utf8');
  if (root !== null) {
    const workflows = [{ path: path.join(WORKFLOWS, path.basename(absolute)), text }];
    const known = await workflowsIn(root);
    return { folder: root, workflows, known, [Symbol.asyncDispose]: async () => {} };
  }
  return openLoneFile(absolute, text);
}

async function openFolder(
  folder: string,
  shown: string,
): Promise<RunTarget | { problems: readonly Problem[] }> {
  const workflows = await workflowsIn(folder);
  if (workflows.length === 0)
    return { problems: missing(shown, `There is no workflow in ${WORKFLOWS}`) };
  return { folder, workflows, known: workflows, [Symbol.asyncDispose]: async () => {} };
}

async function workflowsIn(folder: string): Promise<readonly WorkflowText[]> {
  const home = path.join(folder, WORKFLOWS);
  const names = existsSync(home)
    ? (await readdir(home)).filter((name) => /\.ya?ml$/.test(name)).sort()
    : [];
  return Promise.all(
    names.map(async (name) => ({
      path: path.join(WORKFLOWS, name),
      text: await readFile(path.join(home, name), 'utf8'),
    })),
  );
}

async function openLoneFile(file: string, text: string): Promise<RunTarget> {
  const folder = await mkdtemp(path.join(tmpdir(), 'runnerhub-run-'));
  const base = path.basename(file);
  const name = /\.ya?ml$/.test(base) ? base : `${base}.yml`;
  await mkdir(path.join(folder, WORKFLOWS), { recursive: true });
  await cp(file, path.join(folder, WORKFLOWS, name));
  const workflows = [{ path: path.join(WORKFLOWS, name), text }];
  return {
    folder,
    workflows,
    known: workflows,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The folder above `.github/workflows/FILE`, or null where the file is elsewhere. */
function repositoryOf(file: string): string | null {
  const home = path.dirname(file);
  const isHome =
    path.basename(home) === 'workflows' && path.basename(path.dirname(home)) === '.github';
  return isHome ? path.dirname(path.dirname(home)) : null;
}
