import type { Run, Scope } from '../model.ts';

export type Part = readonly [name: string, part: object];

/** How to find the parts of a table's entries. Names must be the same for as long as the entry lives. */
export type PartsOf = (table: string, entry: object) => Iterable<Part>;

/**
 * Objects inside a run that jobs and concurrency groups hold as well: earlier attempts, and the
 * workflows and job groups of all attempts.
 */
export function* partsOfRun(newest: Run): Generator<Part> {
  for (let run: Run | null = newest; run !== null; run = run.previous) {
    if (run !== newest) yield [`attempt ${run.attempt}`, run];
    if (run.root !== null) yield* partsOfScope(run.root);
  }
}

function* partsOfScope(scope: Scope): Generator<Part> {
  yield [`scope ${scope.id}`, scope];
  for (const [name, group] of scope.groups) {
    yield [`group ${scope.id} ${name}`, group];
    for (const called of group.calls) yield* partsOfScope(called);
  }
}
