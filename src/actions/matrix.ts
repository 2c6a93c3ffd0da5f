import { isList, isRecord, type Value } from './expressions.ts';

export type Leg = Readonly<Record<string, Value>>;

/** Thrown for a matrix that cannot be expanded; the job fails with this message. */
class MatrixFailure extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'MatrixFailure';
  }
}

const MAX_LEGS = 256;

/**
 * The legs of an evaluated `strategy.matrix`, in GitHub's order: the first key changes slowest, then
 * the combinations that only `include` makes. Throws {@link MatrixFailure}.
 */
export function expandMatrix(matrix: Value): readonly Leg[] {
  if (!isRecord(matrix)) throw new MatrixFailure('The matrix must be a mapping');
  const { include, exclude, ...vectors } = matrix;
  const excluded = entriesOf('exclude', exclude);
  const base = product(vectors).filter(
    (leg) => !excluded.some((entry) => Object.keys(entry).length > 0 && covers(leg, entry)),
  );
  const legs = withIncludes(base, new Set(Object.keys(vectors)), entriesOf('include', include));
  if (legs.length === 0) throw new MatrixFailure('The matrix does not make any job');
  if (legs.length > MAX_LEGS) {
    throw new MatrixFailure(
      `The matrix makes ${legs.length} jobs; at most ${MAX_LEGS} are allowed`,
    );
  }
  return legs;
}

function entriesOf(key: string, value: Value | undefined): readonly Leg[] {
  if (value === undefined || value === null || value === '') return [];
  if (!isList(value)) throw new MatrixFailure(`Matrix '${key}' must be a list`);
  return value.map((entry) => {
    if (!isRecord(entry))
      throw new MatrixFailure(`Each entry of matrix '${key}' must be a mapping`);
    return entry;
  });
}

function product(vectors: Readonly<Record<string, Value>>): readonly Leg[] {
  const names = Object.keys(vectors);
  if (names.length === 0) return [];
  let legs: Leg[] = [{}];
  for (const name of names) {
    const values = vectors[name] ?? null;
    if (!isList(values)) throw new MatrixFailure(`Matrix vector '${name}' must be a list`);
    if (values.length === 0) {
      throw new MatrixFailure(`Matrix vector '${name}' does not contain any values`);
    }
    if (legs.length * values.length > MAX_LEGS * MAX_LEGS) {
      throw new MatrixFailure(`The matrix makes more than ${MAX_LEGS} jobs`);
    }
    legs = legs.flatMap((leg) => values.map((value) => ({ ...leg, [name]: value })));
  }
  return legs;
}

/**
 * An entry is added to every combination whose original values it does not change; values that an
 * earlier entry added may be overwritten. An entry that fits nowhere becomes its own combination,
 * which later entries leave alone.
 */
function withIncludes(
  base: readonly Leg[],
  original: ReadonlySet<string>,
  includes: readonly Leg[],
): readonly Leg[] {
  const legs = [...base];
  const own: Leg[] = [];
  for (const entry of includes) {
    const fixed = Object.fromEntries(Object.entries(entry).filter(([key]) => original.has(key)));
    let added = false;
    legs.forEach((leg, index) => {
      if (!covers(leg, fixed)) return;
      legs[index] = { ...leg, ...entry };
      added = true;
    });
    if (!added) own.push(entry);
  }
  return [...legs, ...own];
}

/** Whether every member of `part` occurs in `whole` with an equal value, nested ones alike. */
function covers(whole: Value, part: Value): boolean {
  if (isRecord(part)) {
    if (!isRecord(whole)) return false;
    return Object.entries(part).every(
      ([key, value]) => Object.hasOwn(whole, key) && covers(whole[key] ?? null, value),
    );
  }
  if (isList(part)) {
    return (
      isList(whole) &&
      whole.length === part.length &&
      part.every((value, index) => covers(whole[index] ?? null, value))
    );
  }
  return whole === part;
}
