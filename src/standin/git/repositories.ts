import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Git, GitFailure } from './command.ts';

/** Object id of "no commit" in pushes. */
export const NO_COMMIT = '0'.repeat(40);

export type GitRepositories = ReturnType<typeof createGitRepositories>;

/** The bare repositories below `folder`, one folder an owner. */
export function createGitRepositories(git: Git, folder: string) {
  const pathOf = (owner: string, name: string): string =>
    join(folder, owner.toLowerCase(), `${name.toLowerCase()}.git`);

  const run = async (path: string, ...args: string[]): Promise<string> =>
    (await git.run(`--git-dir=${path}`, ...args)).toString('utf8');

  return {
    pathOf,
    async create(owner: string, name: string): Promise<void> {
      const path = pathOf(owner, name);
      if (await exists(path)) return;
      await mkdir(path, { recursive: true });
      await git.run('init', '--quiet', '--bare', '--initial-branch=main', path);
    },
    /** Owner and name of every repository on disk. */
    async list(): Promise<readonly (readonly [string, string])[]> {
      const owners = await namesIn(folder);
      const lists = await Promise.all(
        owners.map(async (owner) => {
          const names = await namesIn(join(folder, owner));
          return names
            .filter((name) => name.endsWith('.git'))
            .map((name) => [owner, name.slice(0, -'.git'.length)] as const);
        }),
      );
      return lists.flat();
    },
    /** All refs with the object that each points to. */
    async refs(path: string): Promise<ReadonlyMap<string, string>> {
      const text = await run(path, 'for-each-ref', '--format=%(objectname) %(refname)');
      const entries = text.split('\n').filter((line) => line !== '');
      return new Map(
        entries.map((line) => {
          const space = line.indexOf(' ');
          return [line.slice(space + 1), line.slice(0, space)] as const;
        }),
      );
    },
    /** Sets a ref that is at `before`, or removes it; false when git refuses. */
    async moveRef(path: string, ref: string, before: string, after: string): Promise<boolean> {
      const args = after === NO_COMMIT ? ['-d', ref, before] : [ref, after, before];
      try {
        await run(path, 'update-ref', ...args);
        return true;
      } catch (error) {
        if (error instanceof GitFailure) return false;
        throw error;
      }
    },
    remove: (owner: string, name: string): Promise<void> =>
      rm(pathOf(owner, name), { recursive: true, force: true }),
    defaultBranch: async (path: string): Promise<string> =>
      (await run(path, 'symbolic-ref', '--short', 'HEAD')).trim(),
    setDefaultBranch: (path: string, branch: string) =>
      run(path, 'symbolic-ref', 'HEAD', `refs/heads/${branch}`),
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const namesIn = async (path: string): Promise<readonly string[]> => {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
};
