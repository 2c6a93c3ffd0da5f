import type { JobConclusion } from './conclusion.ts';
import type { FailureKind } from './job-lifecycle.ts';

/** What made a job fail. Everything but `code` is of the machines, networks and services below it. */
export const FAILURE_CAUSES = [
  'code',
  'out-of-memory',
  'disk-full',
  'host-lost',
  'image-pull',
  'registry-quota',
  'runner-lost',
  'network',
  'hub-stopped',
] as const;
export type FailureCause = (typeof FAILURE_CAUSES)[number];

/** What is known of a failed job. */
export interface FailedJob {
  readonly conclusion: JobConclusion;
  /** What the hub itself found to be the cause, and in what words. */
  readonly failure: FailureKind | null;
  readonly detail: string | null;
  /** Of the step that failed. */
  readonly exitCode: number | null;
  /** The kernel ended a process of the container for want of memory while the step ran. */
  readonly sawOutOfMemory: boolean;
  /** The last lines of the step that failed, oldest first. */
  readonly lastLines: readonly string[];
}

export interface ClassifiedFailure {
  readonly kind: 'infrastructure' | 'code';
  readonly cause: FailureCause;
  /** What the judgement rests on, for people. */
  readonly evidence: string;
}

/**
 * Why a job failed. What we saw ourselves counts first: the kernel's word and the hub's own. Words of
 * a log count only where nothing but the machine says them, and only in the last lines of the
 * failed step: a test suite prints "connection refused" every day, so what is not clear is `code`.
 * Null for jobs that did not fail.
 */
export function classifyFailure(job: FailedJob): ClassifiedFailure | null {
  if (job.conclusion !== 'failure') return null;
  return fromOurselves(job) ?? fromMemory(job) ?? fromWords(job) ?? ofCode(job);
}

const infrastructure = (cause: FailureCause, evidence: string): ClassifiedFailure => ({
  kind: 'infrastructure',
  cause,
  evidence,
});

function fromOurselves({ failure, detail }: FailedJob): ClassifiedFailure | null {
  if (failure === null) return null;
  const evidence = detail ?? 'the hub said so';
  if (failure === 'shutdown') return infrastructure('hub-stopped', evidence);
  const named = OWN_WORDS.find(({ words }) => words.test(evidence));
  if (named !== undefined) return infrastructure(named.cause, evidence);
  return infrastructure('runner-lost', evidence);
}

const KILLED = 137;

function fromMemory({ sawOutOfMemory, exitCode }: FailedJob): ClassifiedFailure | null {
  if (!sawOutOfMemory) return null;
  const how = exitCode === KILLED ? 'the step was killed' : 'a process of the step was killed';
  return infrastructure('out-of-memory', `the memory limit was reached and ${how}`);
}

/** So many of the last lines are looked at: what ended a step is at its end. */
const LINES = 20;

function fromWords({ lastLines }: FailedJob): ClassifiedFailure | null {
  for (const line of lastLines.slice(-LINES).reverse()) {
    const found = LOG_WORDS.find(({ words }) => words.test(line));
    if (found !== undefined) return infrastructure(found.cause, line.trim().slice(0, 300));
  }
  return null;
}

const ofCode = ({ exitCode }: FailedJob): ClassifiedFailure => ({
  kind: 'code',
  cause: 'code',
  evidence: exitCode === null ? 'a step failed' : `a step ended with code ${exitCode}`,
});

interface Words {
  readonly cause: FailureCause;
  readonly words: RegExp;
}

const REGISTRY: readonly Words[] = [
  {
    cause: 'registry-quota',
    words: /toomanyrequests|reached your (unauthenticated )?pull rate limit|pull rate limit/i,
  },
  {
    cause: 'image-pull',
    words:
      /pull access denied|manifest (for \S+ |unknown)|failed to (pull|resolve) (image|reference|source metadata)|cannot pull|image .* could not be pulled|no such image/i,
  },
];

/** In sentences of our own, which are about nothing but infrastructure. */
const OWN_WORDS: readonly Words[] = [
  ...REGISTRY,
  { cause: 'out-of-memory', words: /out of memory|memory limit|code 137|\boom\b/i },
  { cause: 'disk-full', words: /no space left|disk is full|enospc|disk quota/i },
  {
    cause: 'host-lost',
    words:
      /docker(.* host)? .*(does not answer|is down|went away)|host .* (was lost|is gone|down)/i,
  },
];

/** In lines of a step: only what the kernel, Docker or a registry say, as they say it. */
const LOG_WORDS: readonly Words[] = [
  ...REGISTRY,
  { cause: 'disk-full', words: /no space left on device|ENOSPC: |disk quota exceeded/i },
  {
    cause: 'out-of-memory',
    words:
      /^(fatal error: |runtime: )?out of memory\b.*cannot allocate|JavaScript heap out of memory|java\.lang\.OutOfMemoryError: unable to create (new )?native thread|\bcannot allocate memory\b/i,
  },
  {
    cause: 'host-lost',
    words: /cannot connect to the docker daemon|error during connect: .*docker/i,
  },
  {
    cause: 'runner-lost',
    words: /lost communication with the server|the runner has received a shutdown signal/i,
  },
  {
    cause: 'network',
    words:
      /temporary failure in name resolution|could not resolve host: (github\.com|registry\.npmjs\.org|pypi\.org|deb\.debian\.org)|TLS handshake timeout/i,
  },
];
