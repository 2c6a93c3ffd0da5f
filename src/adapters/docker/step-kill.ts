import { setTimeout as sleep } from 'node:timers/promises';
import type { HostCommand, OutputSink } from '../../ports/step-host.ts';

/** Waits of protocol G.12, in milliseconds. */
export interface KillLadder {
  readonly afterIntMs: number;
  readonly afterTermMs: number;
}

export const KILL_LADDER: KillLadder = { afterIntMs: 7_500, afterTermMs: 2_500 };

/**
 * Signals a process tree: the given roots, everything in a session led by one of them, and all their
 * descendants. Prints the process ids, so that a later signal also reaches those whose parent has
 * ended meanwhile. Needs nothing but `sh` and /proc.
 */
const SIGNAL_TREE = `sig=$1; shift; all=" $* "
while :; do before=$all
for f in /proc/[0-9]*/stat; do
{ read -r l <"$f"; } 2>/dev/null || continue
p=\${f#/proc/}; p=\${p%/stat}
case $all in *" $p "*) continue;; esac
l=\${l##*) }; set -- $l
case $all in *" $2 "*|*" $4 "*) all="$all$p ";; esac
done
[ "$before" = "$all" ] && break
done
for p in $all; do kill -s $sig $p 2>/dev/null; done
echo $all`;

export type SignalName = 'INT' | 'TERM' | 'KILL';

type RunInContainer = (command: Pick<HostCommand, 'argv'>, output: OutputSink) => Promise<unknown>;

/**
 * A function that signals the tree below `root` and those of `more`; it remembers every process that
 * it has ever seen there, and returns them.
 */
export function createTreeSignal(run: RunInContainer, root: number) {
  const known = new Set([String(root)]);
  return async (signal: SignalName, more: Iterable<string> = []): Promise<ReadonlySet<string>> => {
    let seen = '';
    await run(
      { argv: ['sh', '-c', SIGNAL_TREE, 'sh', signal, ...new Set([...known, ...more])] },
      {
        stdout: (chunk) => {
          seen += Buffer.from(chunk).toString('latin1');
        },
        stderr: () => undefined,
      },
    );
    for (const pid of seen.split(/\s+/)) if (/^\d+$/.test(pid)) known.add(pid);
    return known;
  };
}

export interface LadderParts {
  readonly signal: (name: SignalName) => Promise<void>;
  /** Whether the command itself (not what it started) still runs. */
  readonly isAlive: () => Promise<boolean>;
}

const LOOK_EVERY_MS = 100;

/** Runs the ladder until the command has ended, then ends what is left of its tree. */
export async function climbLadder(parts: LadderParts, ladder: KillLadder): Promise<void> {
  await parts.signal('INT');
  if (!(await endsWithin(parts, ladder.afterIntMs))) {
    await parts.signal('TERM');
    await endsWithin(parts, ladder.afterTermMs);
  }
  await parts.signal('KILL');
}

async function endsWithin({ isAlive }: LadderParts, ms: number): Promise<boolean> {
  for (const until = Date.now() + ms; Date.now() < until; await sleep(LOOK_EVERY_MS)) {
    if (!(await isAlive())) return true;
  }
  return false;
}
