import type { StandinClock } from '../dependencies.ts';
import { concerns, decide, delayMs, isActive, type Occasion, type Tally } from './decide.ts';
import { routeName } from './route.ts';
import type { Delay, Fault, FaultKind, FaultOf, FaultsDocument } from './schema.ts';

/** The faults that are set and what has become of them; part of the state. */
export interface FaultsState {
  seed: string;
  faults: readonly Fault[];
  readonly tallies: Map<string, Tally>;
  /** How many of a kind, and of these how many at which place. */
  readonly counts: Map<FaultKind, Map<string, number>>;
}

/** One thing that went wrong on purpose. */
export interface Injected {
  readonly at: number;
  readonly fault: string;
  readonly kind: FaultKind;
  readonly place: string;
  /** Id of the request, guid of the delivery, or whatever else tells which one it was. */
  readonly subject: string;
  readonly repository?: string | undefined;
  readonly runner?: string | undefined;
}

/** An occasion with the name of its place, and what tells it from others. */
export interface Chance extends Occasion {
  readonly place?: string;
  readonly subject: string;
}

/** A fault that strikes, and a delay of its own distribution. */
export interface Strike<Kind extends FaultKind> {
  readonly fault: FaultOf<Kind>;
  readonly delay: (delay: Delay) => number;
}

/** How many injections the log remembers. */
const LOG_LENGTH = 1000;

export type Faults = ReturnType<typeof createFaults>;

export const noFaults = (): FaultsState => ({
  ...{ seed: '0', faults: [] },
  ...{ tallies: new Map(), counts: new Map() },
});

/** Things that go wrong on purpose: whoever may spoil something asks here whether to. */
export function createFaults(clock: StandinClock, table: Map<'current', FaultsState>) {
  const log: Injected[] = [];

  const state = (): FaultsState => table.get('current') ?? noFaults();

  function record({ seed: _, counts }: FaultsState, fault: Fault, chance: Chance): void {
    const { request, repository, runner, subject } = chance;
    const place =
      request === undefined ? (chance.place ?? '') : routeName(request.method, request.path);
    const ofKind = counts.get(fault.kind) ?? new Map<string, number>();
    counts.set(fault.kind, ofKind.set(place, (ofKind.get(place) ?? 0) + 1));
    const { id, kind } = fault;
    log.push({ at: clock.now(), fault: id, kind, place, subject, repository, runner });
    if (log.length > LOG_LENGTH) log.shift();
  }

  /** Counts the occasion for a fault and says whether it strikes. */
  function strikes(current: FaultsState, fault: Fault, chance: Chance): boolean {
    const tally = current.tallies.get(fault.id) ?? newTally(clock);
    if (!concerns(fault, chance) || !isActive(fault, tally, clock.now())) return false;
    const struck = decide(fault, tally, current.seed);
    const done = tally.done + (struck ? 1 : 0);
    current.tallies.set(fault.id, { ...tally, seen: tally.seen + 1, done });
    if (struck) record(current, fault, chance);
    return struck;
  }

  return {
    state,
    log: (): readonly Injected[] => log,
    /** Whether a fault of the kind is set at all. */
    has: (kind: FaultKind): boolean =>
      table.get('current')?.faults.some((fault) => fault.kind === kind) === true,
    /**
     * The faults of these kinds that strike on an occasion: those of kind `slow`, and the first other
     * one. Further ones neither strike nor count, as one answer can be spoiled once.
     */
    at<Kind extends FaultKind>(kinds: readonly Kind[], chance: Chance): readonly Strike<Kind>[] {
      const current = table.get('current');
      if (current === undefined) return [];
      const found: Strike<Kind>[] = [];
      for (const fault of current.faults) {
        if (!isOf(fault, kinds)) continue;
        const index = current.tallies.get(fault.id)?.seen ?? 0;
        if (!strikes(current, fault, chance)) continue;
        found.push({ fault, delay: (delay) => delayMs(delay, current.seed, fault.id, index) });
        if (fault.kind !== 'slow') break;
      }
      return found;
    },
    /** Sets these faults instead of all others. What was counted begins anew. */
    replace({ seed, faults }: FaultsDocument): void {
      const tallies = new Map(faults.map(({ id }) => [id, newTally(clock)]));
      table.set('current', { seed, faults, tallies, counts: new Map() });
      log.length = 0;
    },
    /** Adds faults, in the place of those with the same ids, whose counts begin anew. */
    add(faults: readonly Fault[], seed = state().seed): void {
      const current = state();
      const ids = new Set(faults.map(({ id }) => id));
      for (const id of ids) current.tallies.set(id, newTally(clock));
      const kept = current.faults.filter(({ id }) => !ids.has(id));
      table.set('current', { ...current, seed, faults: [...kept, ...faults] });
    },
    /** False when there is no such fault. What it did stays counted. */
    remove(id: string): boolean {
      const current = state();
      if (!current.tallies.delete(id)) return false;
      table.set('current', { ...current, faults: current.faults.filter((each) => each.id !== id) });
      return true;
    },
    /** Ends all of them; what they did stays counted. */
    clear(): void {
      const current = state();
      current.tallies.clear();
      table.set('current', { ...current, faults: [] });
    },
  };
}

const newTally = (clock: StandinClock): Tally => ({ seen: 0, done: 0, since: clock.now() });

const isOf = <Kind extends FaultKind>(
  fault: Fault,
  kinds: readonly Kind[],
): fault is FaultOf<Kind> => kinds.some((kind) => kind === fault.kind);
