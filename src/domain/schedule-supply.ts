import { labelKey } from './labels.ts';
import type { JobClass, LiveRunner } from './schedule-types.ts';

/** Runners of one pool that have the same labels at the same scope and no job yet. */
interface Supply {
  readonly runner: LiveRunner;
  readonly labels: ReadonlySet<string>;
  readonly runners: LiveRunner[];
}

/** Runners that will take jobs of one class, to be handed out one by one. */
export interface Coverage {
  /** A runner for one more job of the class; undefined when the rest of the class lacks one. */
  take(jobClass: JobClass): LiveRunner | undefined;
}

/**
 * Which jobs are cared for already. GitHub picks the runner, so jobs are counted, not booked (design
 * 2): needed = queued − starting − idle. Where one runner could serve several classes it is counted
 * once, for the class that asks for the most labels, because the fewest runners fit that one; and a
 * class takes the runners with the fewest labels first.
 */
export function coverJobs(
  demand: ReadonlyMap<JobClass, number>,
  runners: readonly LiveRunner[],
): Coverage {
  const supplies = suppliesByScope(runners);
  const covered = new Map<JobClass, LiveRunner[]>();
  const classes = [...demand.keys()].filter(({ scope }) => supplies.has(scope));
  for (const each of classes.sort(mostLabelsFirst)) {
    const taken = takeRunners(each, demand.get(each) ?? 0, supplies.get(each.scope) ?? []);
    // Handed out from the end: those online come last, so that they are taken first.
    covered.set(each, taken.reverse());
  }
  return { take: (jobClass) => covered.get(jobClass)?.pop() };
}

function suppliesByScope(runners: readonly LiveRunner[]): Map<string, Supply[]> {
  const scopes = new Map<string, Map<string, Supply>>();
  for (const runner of runners) {
    if (runner.state === 'busy') continue;
    const supplies = scopes.get(runner.scope) ?? new Map<string, Supply>();
    scopes.set(runner.scope, supplies);
    const key = `${runner.pool} ${labelKey(runner.labels)}`;
    const supply = supplies.get(key);
    if (supply !== undefined) supply.runners.push(runner);
    else supplies.set(key, { runner, labels: lowered(runner.labels), runners: [runner] });
  }
  const sorted = [...scopes].map(([scope, supplies]) => {
    for (const { runners: list } of supplies.values()) list.sort(idleLast);
    return [scope, [...supplies.values()].sort(fewestLabelsFirst)] as const;
  });
  return new Map(sorted);
}

function takeRunners(jobClass: JobClass, jobs: number, supplies: readonly Supply[]): LiveRunner[] {
  const taken: LiveRunner[] = [];
  for (const supply of supplies) {
    if (taken.length >= jobs) break;
    if (supply.runners.length === 0 || !fits(supply, jobClass)) continue;
    taken.push(...supply.runners.splice(-(jobs - taken.length)).reverse());
  }
  return taken;
}

/** GitHub would give it the job, and we allow the job there. */
const fits = ({ runner, labels }: Supply, { wanted, pools }: JobClass): boolean =>
  pools.has(runner.pool) && wanted.every((label) => labels.has(label));

const lowered = (labels: readonly string[]): ReadonlySet<string> =>
  new Set(labels.map((label) => label.toLowerCase()));

const mostLabelsFirst = (a: JobClass, b: JobClass): number =>
  b.wanted.length - a.wanted.length || (a.key < b.key ? -1 : 1);

const fewestLabelsFirst = (a: Supply, b: Supply): number => a.labels.size - b.labels.size;

const idleLast = (a: LiveRunner, b: LiveRunner): number =>
  Number(a.state === 'idle') - Number(b.state === 'idle');
