/** What each reason says beside its code. */
interface Details {
  readonly 'not-decided': object;
  readonly 'no-pool-for-labels': {
    readonly labels: readonly string[];
    /** Those that no pool offers; empty where only no pool offers all of them together. */
    readonly unknown?: readonly string[];
    readonly suggestions?: readonly { readonly label: string; readonly instead: string }[];
  };
  readonly 'repository-not-allowed': { readonly pools: readonly string[] };
  readonly 'fork-not-trusted': { readonly pools: readonly string[] };
  readonly 'pools-exclusive': { readonly pools: readonly string[] };
  readonly 'rule-fits-no-pool': { readonly rule: string };
  readonly 'held-by-rule': { readonly rule: string; readonly note: string };
  readonly held: { readonly note: string };
  readonly 'run-unknown': { readonly detail: string | null };
  readonly 'quota-reached': { readonly quota: string; readonly max: number };
  readonly 'fair-share': { readonly pool: string; readonly reserved: number };
  readonly 'pool-full': { readonly pool: string; readonly max: number };
  readonly 'pool-paused': { readonly pool: string; readonly note: string };
  readonly 'fallback-later': { readonly pool: string; readonly afterSeconds: number };
  readonly 'host-full': { readonly pool: string; readonly detail: string };
  readonly 'host-down': { readonly host: string; readonly detail: string };
  readonly 'container-failed': { readonly pool: string; readonly detail: string };
  readonly 'github-refused': { readonly detail: string };
  readonly 'api-budget': { readonly detail: string };
  readonly 'runner-starting': { readonly pool: string };
  readonly 'runner-idle': { readonly pool: string };
  readonly 'not-offered': { readonly pool: string };
  readonly 'held-by-github': object;
  readonly draining: object;
}

export type WaitingCode = keyof Details;

type ReasonOf<Code extends WaitingCode> = {
  readonly [Each in Code]: { readonly code: Each } & Details[Each];
}[Code];

/**
 * Why a queued job has no runner yet. The scheduler itself sets it (design 1.4), so the reason shown
 * is the reason that acted. Closed: the UI and `docs/scheduling.md` name every code. A reason holds
 * nothing that changes while the cause stays the same, so that it is written once.
 */
export type WaitingReason = ReasonOf<WaitingCode>;

type Describers = { readonly [Code in WaitingCode]: (reason: ReasonOf<Code>) => string };

const list = (names: readonly string[]): string => names.join(', ');

const SENTENCES: Describers = {
  'not-decided': () => 'The scheduler has not looked at this job yet.',
  'no-pool-for-labels': ({ labels, unknown = [], suggestions = [] }) => {
    const hints = suggestions.map(({ label, instead }) => ` Did you mean ${instead} (${label})?`);
    return unknown.length > 0
      ? `No pool has the label ${list(unknown)}.${hints.join('')}`
      : `No pool offers all of its labels: ${list(labels)}.`;
  },
  'repository-not-allowed': ({ pools }) =>
    `The pools with its labels do not allow this repository: ${list(pools)}.`,
  'fork-not-trusted': ({ pools }) =>
    `It comes from a fork, and no pool with its labels takes jobs of forks: ${list(pools)}.`,
  'pools-exclusive': ({ pools }) =>
    `The pools with its labels take only jobs that a rule sends to them: ${list(pools)}.`,
  'rule-fits-no-pool': ({ rule }) => `Rule "${rule}" names no pool that may take it.`,
  'held-by-rule': ({ rule, note }) => `Rule "${rule}" holds it: ${note}`,
  held: ({ note }) => `Somebody holds it${note === '' ? '.' : `: ${note}`}`,
  'run-unknown': ({ detail }) =>
    `Its run is being looked up at GitHub, to know whether it comes from a fork${detail === null ? '.' : `: ${detail}`}`,
  'quota-reached': ({ quota, max }) => `Quota "${quota}" allows ${max} at once.`,
  'fair-share': ({ pool, reserved }) =>
    `Its repository has its share of pool ${pool}; the last ${places(reserved)} kept for others.`,
  'pool-full': ({ pool, max }) => `Pool ${pool} runs its maximum of ${max} jobs.`,
  'pool-paused': ({ pool, note }) => `Pool ${pool} is paused${note === '' ? '.' : `: ${note}`}`,
  'fallback-later': ({ pool, afterSeconds }) =>
    `It may use pool ${pool} once it has waited for ${afterSeconds} s.`,
  'host-full': ({ pool, detail }) => `No host has room for a container of pool ${pool}: ${detail}`,
  'host-down': ({ host, detail }) => `Docker host ${host} does not answer: ${detail}`,
  'container-failed': ({ pool, detail }) => `Pool ${pool} could not make a container: ${detail}`,
  'github-refused': ({ detail }) => `GitHub refused the runner: ${detail}`,
  'api-budget': ({ detail }) => `GitHub limits how much we may ask: ${detail}`,
  'runner-starting': ({ pool }) => `A runner of pool ${pool} is starting.`,
  'runner-idle': ({ pool }) =>
    `A runner of pool ${pool} is online and waits for GitHub to give it the job.`,
  'not-offered': ({ pool }) =>
    `A runner of pool ${pool} has been online for over a minute, but GitHub has not given it the job.`,
  'held-by-github': () => 'GitHub holds the job (environment protection or concurrency).',
  draining: () => 'The hub is stopping and takes no new jobs.',
};

const places = (count: number): string => (count === 1 ? 'place is' : `${count} places are`);

/** One sentence for people. */
export const describeWaiting = <Code extends WaitingCode>(reason: ReasonOf<Code>): string =>
  SENTENCES[reason.code](reason);

/** Every code. */
export const WAITING_CODES: readonly string[] = Object.keys(SENTENCES);

/** Whether two reasons are the same in all they say. The database keeps no order of members. */
export function isSameReason(one: WaitingReason | null, other: WaitingReason | null): boolean {
  if (one === other) return true;
  if (one === null || other === null || one.code !== other.code) return false;
  const members = new Map<string, unknown>(Object.entries(other));
  const mine = Object.entries(one);
  return (
    mine.length === members.size && mine.every(([key, value]) => isSame(value, members.get(key)))
  );
}

const isSame = (one: unknown, other: unknown): boolean =>
  typeof one === 'object' ? JSON.stringify(one) === JSON.stringify(other) : one === other;
