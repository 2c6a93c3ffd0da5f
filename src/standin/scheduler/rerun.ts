import type { Job, JobGroup, Run, Scope } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { sameJobAgain } from './new-job.ts';
import { newGroup, newScope } from './new-scope.ts';
import { jobsIn } from './tree.ts';

/** Which jobs of a run that has ended run again; those that need them follow. */
export type Rerun =
  | { readonly kind: 'all' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'job'; readonly job: Job };

interface Attempt {
  readonly store: Store;
  readonly now: number;
  readonly actor: string;
  readonly debug: boolean;
}

/**
 * The next attempt at a run, not begun. It copies what the last one keeps: jobs that do not run again
 * stay the same jobs, with their ids, logs, results and outputs.
 */
export function nextAttempt(run: Run, what: Rerun, { store, now, actor, debug }: Attempt): Run {
  const next: Run = {
    ...run,
    attempt: run.attempt + 1,
    previous: run,
    triggeringActor: actor,
    debug,
    startedAt: now,
    updatedAt: now,
    status: 'queued',
    conclusion: null,
    cancelled: false,
    root: null,
  };
  if (run.root === null) return next;
  next.root =
    what.kind === 'all'
      ? freshScope(store, next, run.root)
      : copyScope({ store, now, isAgain: chooser(what) }, run.root, next, null);
  return next;
}

/** Nothing is kept; a run of only some jobs stays one of those. */
const freshScope = (store: Store, run: Run, { tree, inputs, permissions, groups }: Scope): Scope =>
  newScope(store, {
    ...{ run, caller: null, tree, inputs, permissions, concurrency: [] },
    only: [...groups.keys()],
  });

const chooser = (what: Exclude<Rerun, { kind: 'all' }>): ((job: Job) => boolean) =>
  what.kind === 'job'
    ? (job) => job === what.job
    : ({ conclusion }) => conclusion === 'failure' || conclusion === 'cancelled';

interface Copying {
  readonly store: Store;
  readonly now: number;
  readonly isAgain: (job: Job) => boolean;
}

function copyScope(copying: Copying, old: Scope, run: Run, caller: Scope['caller']): Scope {
  const { tree, inputs, permissions, concurrency, groups } = old;
  const scope = newScope(copying.store, {
    ...{ run, caller, tree, inputs, permissions, concurrency },
    only: [...groups.keys()],
  });
  const changed = changedGroups(old, copying.isAgain);
  for (const [id, group] of groups) {
    const kind = changed.get(id);
    if (kind === 'whole') continue;
    scope.groups.set(id, kind === 'part' ? copyPart(copying, group, scope) : keep(group, scope));
  }
  return scope;
}

const keep = (group: JobGroup, scope: Scope): JobGroup => ({ ...group, scope });

/** Of a matrix only the legs that run again are new, of a called workflow only such jobs. */
function copyPart(copying: Copying, old: JobGroup, scope: Scope): JobGroup {
  const group = { ...newGroup(old.definition, scope), plan: old.plan };
  for (const job of old.jobs) {
    if (copying.isAgain(job)) sameJobAgain(copying.store, group, job, copying.now);
    else group.jobs.push(job);
  }
  group.calls = old.calls.map((call) => {
    if (!jobsIn(call).some(copying.isAgain) || call.caller === null) return call;
    return copyScope(copying, call, scope.run, { group, leg: call.caller.leg });
  });
  return group;
}

/** What becomes of each group that does not stay as it is. */
function changedGroups(
  scope: Scope,
  isAgain: (job: Job) => boolean,
): ReadonlyMap<string, 'part' | 'whole'> {
  const changed = new Map<string, 'part' | 'whole'>();
  const kindOf = (group: JobGroup): 'part' | 'whole' | null => {
    const { id, needs } = group.definition;
    const known = changed.get(id);
    if (known !== undefined) return known;
    const isBehind = needs.some((need) => {
      const before = scope.groups.get(need);
      return before !== undefined && kindOf(before) !== null;
    });
    const kind = isBehind ? 'whole' : ownKind(group, isAgain);
    if (kind !== null) changed.set(id, kind);
    return kind;
  };
  for (const group of scope.groups.values()) kindOf(group);
  return changed;
}

/** A group whose plan failed, or that never came to one, is planned anew. */
function ownKind(group: JobGroup, isAgain: (job: Job) => boolean): 'part' | 'whole' | null {
  const jobs = [...group.jobs, ...group.calls.flatMap(jobsIn)];
  if (!jobs.some(isAgain)) return isAbandoned(group) ? 'whole' : null;
  return group.plan === null || isAbandoned(group) ? 'whole' : 'part';
}

/** Called workflows that were cancelled before they began have no jobs that could run again. */
const isAbandoned = (group: JobGroup): boolean =>
  group.calls.some((call) => call.result === 'cancelled' && jobsIn(call).length === 0);
