import type { HostMode, HostState } from './host-lifecycle.ts';
import type { HostName } from './ids.ts';

/** What containers take of a host, or what a host has to give. */
export interface HostAmounts {
  readonly slots: number;
  /** Thousandths of a processor. */
  readonly cpuMillis: number;
  readonly memoryMb: number;
}

/** What one container takes: a slot, and the limits of its pool. */
export interface HostNeed {
  readonly cpuMillis: number;
  readonly memoryMb: number;
  /** What it may write; 0 where the pool sets no limit. */
  readonly diskMb: number;
}

/** How much of a host its owner gives. Infinity: not counted. */
export interface HostRules {
  readonly slots: number;
  /** Limits of containers may add up to this many times what the host has. */
  readonly cpuOvercommit: number;
  readonly memoryOvercommit: number;
  /** Kept back for the host itself. */
  readonly reserve: {
    readonly cpuMillis: number;
    readonly memoryMb: number;
    readonly diskMb: number;
  };
}

/** What the engine says it runs on. */
export interface HostSize {
  readonly cpus: number;
  readonly memoryMb: number;
}

/** A host as the placement of a container sees it. */
export interface HostView {
  readonly name: HostName;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: HostState;
  /** Why it is not `up`, for people. */
  readonly why: string | null;
  readonly mode: HostMode;
  readonly capacity: HostAmounts;
  readonly used: HostAmounts;
  /** Containers here by pool. */
  readonly pools: ReadonlyMap<string, number>;
  /** Measured lately; null where nothing could be measured. */
  readonly freeDiskMb: number | null;
  readonly reserveDiskMb: number;
  /** Images and named volumes that are known to be here. */
  readonly holds: ReadonlySet<string>;
  /** Names of the OCI runtimes that its engine offers. */
  readonly runtimes: readonly string[];
}

export const NOTHING: HostAmounts = { slots: 0, cpuMillis: 0, memoryMb: 0 };

export const plus = (used: HostAmounts, need: HostNeed): HostAmounts => ({
  slots: used.slots + 1,
  cpuMillis: used.cpuMillis + need.cpuMillis,
  memoryMb: used.memoryMb + need.memoryMb,
});

/** What a host of this size gives to containers. Never negative. */
export function capacityOf(size: HostSize, rules: HostRules): HostAmounts {
  const { reserve, cpuOvercommit, memoryOvercommit, slots } = rules;
  return {
    slots,
    cpuMillis: times(size.cpus * 1000 - reserve.cpuMillis, cpuOvercommit),
    memoryMb: times(size.memoryMb - reserve.memoryMb, memoryOvercommit),
  };
}

const times = (amount: number, factor: number): number =>
  amount <= 0 ? 0 : Math.floor(amount * factor);

/** What of the host is lacking for one more container, in words; null when it fits. */
export function lacking(host: HostView, need: HostNeed): string | null {
  const { capacity, used } = host;
  const after = plus(used, need);
  if (after.slots > capacity.slots) return `its ${capacity.slots} slots are taken`;
  if (after.cpuMillis > capacity.cpuMillis) {
    return `${left(capacity.cpuMillis, used.cpuMillis)} of ${capacity.cpuMillis} cpuMillis are left, ${need.cpuMillis} are needed`;
  }
  if (after.memoryMb > capacity.memoryMb) {
    return `${left(capacity.memoryMb, used.memoryMb)} of ${capacity.memoryMb} memoryMb are left, ${need.memoryMb} are needed`;
  }
  const { freeDiskMb, reserveDiskMb } = host;
  if (freeDiskMb !== null && freeDiskMb - need.diskMb < reserveDiskMb) {
    return `${freeDiskMb} MiB of disk are free, ${reserveDiskMb + need.diskMb} are needed`;
  }
  return null;
}

const left = (capacity: number, used: number): number => Math.max(0, capacity - used);

/** The largest share of what is counted that is taken, from 0 on; 0 where nothing is counted. */
export function loadOf({ capacity, used }: HostView): number {
  const shares = (['slots', 'cpuMillis', 'memoryMb'] as const)
    .filter((kind) => Number.isFinite(capacity[kind]) && capacity[kind] > 0)
    .map((kind) => used[kind] / capacity[kind]);
  return Math.max(0, ...shares);
}
