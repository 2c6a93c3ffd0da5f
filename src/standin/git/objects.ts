import { type Git, GitFailure } from './command.ts';

/** A commit with all that REST shows of it. */
export interface FullCommit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
}

interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  /** Null of folders and submodules. */
  readonly size: number | null;
  readonly path: string;
}

export interface FileChange {
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  readonly path: string;
  readonly previousPath: string | null;
  readonly sha: string | null;
  readonly additions: number;
  readonly deletions: number;
}

const FORMAT = '--format=%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%B%x1e';

interface LogQuery {
  readonly skip?: number;
  readonly limit?: number;
  readonly only?: string;
}

interface TreeQuery {
  readonly recursive?: boolean;
  /** A path; with a slash at the end what is in that folder. */
  readonly only?: string;
}

const pathsOf = (only: string): readonly string[] => (only === '' ? [] : [only]);

function nullIfRefused(error: unknown): null {
  if (error instanceof GitFailure) return null;
  throw error;
}

export type GitObjects = ReturnType<typeof createGitObjects>;

/** Reads commits, trees and differences of a bare repository at `path`. */
export function createGitObjects(git: Git) {
  const run = async (path: string, ...args: string[]): Promise<string> =>
    (await git.run(`--git-dir=${path}`, ...args)).toString('utf8');

  return {
    /** Newest first; `only` is a path that each of them changed. */
    async log(path: string, range: string, { skip = 0, limit = 1, only = '' }: LogQuery = {}) {
      const window = [`--skip=${skip}`, `--max-count=${limit}`];
      const revisions = ['--end-of-options', range, '--', ...pathsOf(only)];
      const text = await run(path, 'log', ...window, FORMAT, ...revisions);
      const records = text.split('\x1e').map((each) => each.trimStart());
      return records.filter((each) => each !== '').map(parseCommit);
    },
    async count(path: string, range: string, only = ''): Promise<number> {
      const revisions = ['--end-of-options', range, '--', ...pathsOf(only)];
      return Number(await run(path, 'rev-list', '--count', ...revisions));
    },
    /** Entries of a tree or of the tree of a commit; null where there is no such object. */
    async tree(path: string, sha: string, { recursive = false, only = '' }: TreeQuery = {}) {
      const options = ['-z', '--long', ...(recursive ? ['-r', '-t'] : [])];
      const text = await run(path, 'ls-tree', ...options, sha, '--', ...pathsOf(only)).catch(
        nullIfRefused,
      );
      return text === null
        ? null
        : text
            .split('\0')
            .filter((line) => line !== '')
            .map(parseEntry);
    },
    /** What changed between two commits; everything of `after` without a `before`. */
    async changes(
      path: string,
      before: string | null,
      after: string,
    ): Promise<readonly FileChange[]> {
      const range = before === null ? ['--root', after] : [before, after];
      const options = ['-r', '-M', '--no-commit-id', '-z'];
      const raw = await run(path, 'diff-tree', ...options, '--raw', '--abbrev=40', ...range);
      const counts = await run(path, 'diff-tree', ...options, '--numstat', ...range);
      return parseChanges(raw, counts);
    },
  };
}

function parseCommit(record: string): FullCommit {
  const [
    sha = '',
    tree = '',
    parents = '',
    an = '',
    ae = '',
    ad = '',
    cn = '',
    ce = '',
    cd = '',
    message = '',
  ] = record.split('\x1f');
  return {
    sha,
    tree,
    parents: parents.split(' ').filter((each) => each !== ''),
    message: message.trim(),
    author: { name: an, email: ae, date: ad },
    committer: { name: cn, email: ce, date: cd },
  };
}

function parseEntry(line: string): TreeEntry {
  const tab = line.indexOf('\t');
  const [mode = '', type = '', sha = '', size = '-'] = line.slice(0, tab).split(/ +/);
  return {
    mode,
    type: type as TreeEntry['type'],
    sha,
    size: size === '-' ? null : Number(size),
    path: line.slice(tab + 1),
  };
}

const STATUSES: Readonly<Record<string, FileChange['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

/** Renames have two paths, in both lists. */
function parseChanges(raw: string, counts: string): readonly FileChange[] {
  const numbers = parseCounts(counts);
  const fields = raw.split('\0');
  const changes: FileChange[] = [];
  let at = 0;
  while (at + 1 < fields.length) {
    const [, , , sha = '', letter = ''] = (fields[at] ?? '').split(' ');
    const paths = fields.slice(at + 1, at + (/^[RC]/.test(letter) ? 3 : 2));
    changes.push(changeOf(sha, letter, paths, numbers));
    at += 1 + paths.length;
  }
  return changes;
}

function changeOf(
  sha: string,
  letter: string,
  paths: readonly string[],
  numbers: ReadonlyMap<string, readonly [number, number]>,
): FileChange {
  const path = paths.at(-1) ?? '';
  const [additions, deletions] = numbers.get(path) ?? [0, 0];
  return {
    status: STATUSES[letter.charAt(0)] ?? 'changed',
    path,
    previousPath: paths.length > 1 ? (paths[0] ?? null) : null,
    sha: /^0+$/.test(sha) ? null : sha,
    additions,
    deletions,
  };
}

function parseCounts(text: string): ReadonlyMap<string, readonly [number, number]> {
  const fields = text.split('\0');
  const counts = new Map<string, readonly [number, number]>();
  for (let at = 0; (fields[at] ?? '') !== ''; ) {
    const [added = '0', deleted = '0', path = ''] = (fields[at] ?? '').split('\t');
    const isRename = path === '';
    counts.set(isRename ? (fields[at + 2] ?? '') : path, [
      Number(added) || 0,
      Number(deleted) || 0,
    ]);
    at += isRename ? 3 : 1;
  }
  return counts;
}
