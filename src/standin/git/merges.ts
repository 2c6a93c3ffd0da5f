import { type Git, GitFailure } from './command.ts';

/** Who commits what GitHub itself makes. */
const COMMITTER = ['-c', 'user.name=GitHub', '-c', 'user.email=noreply@github.com'];

export type GitMerges = ReturnType<typeof createGitMerges>;

/** Merges and copies in bare repositories. Merging needs git 2.38 or later. */
export function createGitMerges(git: Git) {
  const run = async (path: string, ...args: string[]): Promise<string> =>
    (await git.run(...COMMITTER, `--git-dir=${path}`, ...args)).toString('utf8').trim();

  /** The tree of both together, or null where they contradict each other. */
  async function mergedTree(path: string, base: string, head: string): Promise<string | null> {
    try {
      const text = await run(path, 'merge-tree', '--write-tree', base, head);
      return text.split('\n', 1)[0] ?? null;
    } catch (error) {
      if (error instanceof GitFailure) return null;
      throw error;
    }
  }

  return {
    /** A commit that merges `head` into `base`, on no branch yet; null on conflict. */
    async merge(path: string, base: string, head: string, message: string): Promise<string | null> {
      const tree = await mergedTree(path, base, head);
      if (tree === null) return null;
      return run(path, 'commit-tree', tree, '-p', base, '-p', head, '-m', message);
    },
    /** One commit on top of `base` with all that `head` has changed; null on conflict. */
    async squash(
      path: string,
      base: string,
      head: string,
      message: string,
    ): Promise<string | null> {
      const tree = await mergedTree(path, base, head);
      return tree === null ? null : run(path, 'commit-tree', tree, '-p', base, '-m', message);
    },
    /** Brings a commit of another repository on this machine here, under a ref. */
    async bring(path: string, from: string, ref: string, to: string): Promise<void> {
      await run(path, 'fetch', '--quiet', '--no-tags', from, `+${ref}:${to}`);
    },
    setRef: (path: string, ref: string, sha: string) => run(path, 'update-ref', ref, sha),
    deleteRef: (path: string, ref: string) => run(path, 'update-ref', '-d', ref),
    /** Number of commits that `head` has and `base` has not. */
    ahead: async (path: string, base: string, head: string): Promise<number> =>
      Number(await run(path, 'rev-list', '--count', `${base}..${head}`)),
    /** Copies a bare repository with all its branches and tags. */
    async copy(from: string, to: string): Promise<void> {
      await git.run('clone', '--quiet', '--bare', from, to);
      await run(to, 'remote', 'remove', 'origin');
    },
  };
}
