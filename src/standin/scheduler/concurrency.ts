import {
  type ConcurrencyQueue,
  type ConcurrencyWish,
  enterQueue,
  leaveQueue,
} from '../../actions/concurrency-queue.ts';
import type { Job, Scope } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import { lineOf } from './tree.ts';

type Unit = Job | Scope;

interface Deps {
  readonly store: Pick<Store, 'concurrency'>;
  /** Ends what waits, and asks what runs to stop. */
  readonly cancel: (unit: Unit, why: string) => void;
  /** A unit has got the group that it waited for. */
  readonly resume: (unit: Unit) => void;
}

const FREE: ConcurrencyQueue<Unit> = { holder: null, waiting: [] };

/** Groups belong to a repository, and their names ignore case. */
const keyOf = (unit: Unit, { group }: ConcurrencyWish): string =>
  `${unit.run.repository.id}:${group.toLowerCase()}`;

/** Keeps the concurrency groups: who holds each, and who waits for it. */
export function createConcurrency({ store, cancel, resume }: Deps) {
  const queueOf = (key: string) => store.concurrency.get(key) ?? FREE;

  function keep(key: string, queue: ConcurrencyQueue<Unit>): void {
    if (queue.holder === null) store.concurrency.delete(key);
    else store.concurrency.set(key, queue);
  }

  /** Takes the first group that the unit wants, or waits for it; whether it has got it. */
  function enter(unit: Unit, wish: ConcurrencyWish): boolean {
    const key = keyOf(unit, wish);
    const above = holderAbove(unit, key);
    if (above !== null) {
      cancel(
        unit,
        `Canceling since a deadlock for concurrency group '${wish.group}' was detected between '${nameOf(above)}' and '${nameOf(unit)}'`,
      );
      return false;
    }
    const { queue, replaced, interrupted } = enterQueue(queueOf(key), unit, wish);
    keep(key, queue);
    if (queue.holder === unit) {
      take(unit, key);
      return true;
    }
    unit.status = 'pending';
    const why = `Canceling since a higher priority waiting request for ${wish.group} exists`;
    for (const each of replaced) cancel(each, why);
    if (interrupted !== null) cancel(interrupted, why);
    return false;
  }

  function leave(unit: Unit, key: string): void {
    const { queue, started } = leaveQueue(queueOf(key), unit);
    keep(key, queue);
    if (started === null) return;
    take(started, key);
    resume(started);
  }

  return {
    /** Whether the unit holds all groups that it wants; otherwise it is resumed, or cancelled, later. */
    enterAll(unit: Unit): boolean {
      for (const wish of [...unit.wishes]) if (!enter(unit, wish)) return false;
      return true;
    },
    /** The unit has ended: it holds nothing and waits for nothing. */
    leaveAll(unit: Unit): void {
      const keys = [...unit.claims, ...unit.wishes.map((wish) => keyOf(unit, wish))];
      unit.claims.length = 0;
      unit.wishes.length = 0;
      for (const key of keys) leave(unit, key);
    },
  };
}

function take(unit: Unit, key: string): void {
  unit.wishes.shift();
  unit.claims.push(key);
}

/** A workflow cannot wait for a group that a workflow above it holds until it ends. */
function holderAbove(unit: Unit, key: string): Scope | null {
  const line = unit.kind === 'job' ? lineOf(unit.group.scope) : lineOf(unit).slice(1);
  return line.find((scope) => scope.claims.includes(key)) ?? null;
}

const nameOf = (unit: Unit): string => {
  if (unit.kind === 'job') return unit.leg.displayName;
  return unit.caller === null ? 'top level workflow' : unit.caller.leg.displayName;
};
