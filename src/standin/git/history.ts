import { type Git, GitFailure } from './command.ts';

export interface Commit {
  readonly sha: string;
  readonly message: string;
  readonly authorName: string;
  readonly authorEmail: string;
  /** ISO 8601. */
  readonly at: string;
}

/** No operator of git's revision language: `main~3` and `main@{1}` are no names at GitHub. */
const NAME = /^(?!-)(?!.*(?:@\{|\.\.))[^\s~^:?*[\\]+$/;

export type GitHistory = ReturnType<typeof createGitHistory>;

/** Reads commits and files of a bare repository at `path`. */
export function createGitHistory(git: Git) {
  const run = async (path: string, ...args: string[]): Promise<string> =>
    (await git.run(`--git-dir=${path}`, ...args)).toString('utf8');

  /** Commit id of a ref or a commit, or null. */
  const resolve = (path: string, revision: string): Promise<string | null> =>
    orNull(async () =>
      (
        await run(
          path,
          'rev-parse',
          '--verify',
          '--quiet',
          '--end-of-options',
          `${revision}^{commit}`,
        )
      ).trim(),
    );

  return {
    resolve,
    /** Commit id of a branch, a tag or a commit by the name that a user wrote, or null. */
    resolveName: async (path: string, name: string): Promise<string | null> =>
      NAME.test(name) ? resolve(path, name) : null,
    /** Paths of the files in a folder of a commit. */
    async filesIn(path: string, sha: string, prefix: string): Promise<readonly string[]> {
      const text = await run(path, 'ls-tree', '-z', '--name-only', sha, `${prefix}/`);
      return text.split('\0').filter((name) => name !== '');
    },
    /** Content of a file, or null when the commit has no such file. */
    read: (path: string, sha: string, file: string): Promise<Buffer | null> =>
      orNull(() => git.run(`--git-dir=${path}`, 'cat-file', 'blob', `${sha}:${file}`)),
    /** Content of a blob by its id, or null. */
    readBlob: (path: string, sha: string): Promise<Buffer | null> =>
      orNull(() => git.run(`--git-dir=${path}`, 'cat-file', 'blob', sha)),
    /** Files that differ between two commits; all files of `after` without a `before`. */
    async changedFiles(
      path: string,
      before: string | null,
      after: string,
    ): Promise<readonly string[]> {
      const text =
        before === null
          ? await run(path, 'ls-tree', '-r', '-z', '--name-only', after)
          : await run(path, 'diff', '-z', '--name-only', '--no-renames', before, after);
      return text.split('\0').filter((name) => name !== '');
    },
    parentOf: (path: string, sha: string) => resolve(path, `${sha}^`),
    mergeBase: (path: string, one: string, other: string): Promise<string | null> =>
      orNull(async () => (await run(path, 'merge-base', one, other)).trim()),
    /** Newest commits of a range first, at most `limit`. */
    async commits(path: string, range: string, limit: number): Promise<readonly Commit[]> {
      const format = '--format=%H%x1f%B%x1f%an%x1f%ae%x1f%cI%x1e';
      const text = await run(
        path,
        'log',
        `--max-count=${limit}`,
        format,
        '--end-of-options',
        range,
      );
      return text
        .split('\x1e')
        .map((record) => record.trim())
        .filter((record) => record !== '')
        .map(parseCommit);
    },
  };
}

function parseCommit(record: string): Commit {
  const [sha = '', message = '', authorName = '', authorEmail = '', at = ''] = record.split('\x1f');
  return { sha, message: message.trim(), authorName, authorEmail, at };
}

/** Null where git says that there is no such thing. */
async function orNull<Result>(read: () => Promise<Result>): Promise<Result | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof GitFailure) return null;
    throw error;
  }
}
