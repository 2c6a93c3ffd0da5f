import { createHash } from 'node:crypto';
import { ExpressionFailure } from '../actions/expressions.ts';
import { inOrder, parseFileGlob } from '../actions/file-glob.ts';
import type { JobState } from './job-state.ts';
import { runQuietly } from './quiet-command.ts';

const LIMIT_MS = 120_000;
const FOLLOW = '--follow-symbolic-links';
/** Links to folders are passed over, as folders are. */
const HASH_FILES = `for f do shift; [ -d "$f" ] || set -- "$@" "$f"; done
[ $# = 0 ] || exec sha256sum -- "$@"`;
/** Paths given to one command; well below what a command line may hold. */
const BATCH = 500;

/**
 * SHA-256 over the SHA-256 digests of all matching files below the workspace, hexadecimal; '' when
 * none matches (protocol G.14). Throws `ExpressionFailure` after 120 s or when a file is unreadable.
 */
export async function hashFiles(state: JobState, args: readonly string[]): Promise<string> {
  const follow = args[0]?.toLowerCase() === FOLLOW;
  if (!follow && args[0]?.startsWith('--')) {
    const problem = `Invalid glob option ${args[0]}, available option: '${FOLLOW}'.`;
    throw new ExpressionFailure(callOf(args), problem);
  }
  const { workspace } = state.places;
  const glob = parseFileGlob((follow ? args.slice(1) : args).join('\n'), workspace);
  if (glob.roots.length === 0) return '';
  const deadline = AbortSignal.timeout(LIMIT_MS);
  const run = (argv: readonly string[]) => runQuietly(state, argv, deadline);
  // Where links are followed, only those that lead nowhere are still links.
  const kinds = follow ? ['-type', 'f'] : ['(', '-type', 'f', '-o', '-type', 'l', ')'];
  const listed = await run(['find', ...(follow ? ['-L'] : []), ...glob.roots, ...kinds, '-print0']);
  const files = listed.output
    .split('\0')
    .filter((path) => path.startsWith(`${workspace}/`) && glob.matches(path))
    .sort(inOrder(glob.roots));
  const total = createHash('sha256');
  let count = 0;
  for (let at = 0; at < files.length; at += BATCH) {
    const batch = files.slice(at, at + BATCH);
    const { code, output } = await run(['sh', '-c', HASH_FILES, 'sh', ...batch]);
    if (code !== 0 || deadline.aborted) throw failure(state, args, deadline.aborted);
    for (const [digest] of output.matchAll(/(?<=^\\?)[0-9a-f]{64}(?= )/gm)) {
      total.update(Buffer.from(digest, 'hex'));
      count++;
    }
  }
  if (deadline.aborted) throw failure(state, args, true);
  return count === 0 ? '' : total.digest('hex');
}

const callOf = (args: readonly string[]): string => `hashFiles('${args.join("', '")}')`;

function failure(state: JobState, args: readonly string[], late: boolean): ExpressionFailure {
  const call = callOf(args);
  const { workspace } = state.places;
  return late
    ? new ExpressionFailure(call, `${call} couldn't finish within ${LIMIT_MS / 1000} seconds.`)
    : new ExpressionFailure(
        call,
        `${call} failed. Fail to hash files under directory '${workspace}'`,
      );
}
