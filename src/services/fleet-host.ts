import {
  capacityOf,
  type HostAmounts,
  type HostNeed,
  type HostRules,
  type HostView,
  NOTHING,
  plus,
} from '../domain/host.ts';
import {
  type HostHealth,
  type HostMode,
  type HostObservation,
  type HostOrder,
  newHostHealth,
  nextHostMode,
  observeHost,
} from '../domain/host-lifecycle.ts';
import type { HostName, InstallationId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContainerEngine, EngineInfo, EngineUsage } from '../ports/container-engine.ts';
import type { Log } from '../ports/log.ts';

export interface HostsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly installation: InstallationId;
}

/** What the pools hear of their hosts. */
export interface HostsListener {
  /** The host does not answer: whatever ran there is lost. */
  lost(host: HostName, why: string): void;
  /** A container may fit now that did not before, or a host is to be emptied. */
  changed(): void;
}

export interface HostSetup {
  readonly name: HostName;
  readonly engine: ContainerEngine;
  readonly rules: HostRules;
  readonly labels: Readonly<Record<string, string>>;
  readonly mode: HostMode;
}

/** Room that a container has on a host until it is given back. */
export interface HostRoom {
  readonly host: FleetHost;
  giveBack(): void;
}

interface Taken {
  readonly pool: string;
  readonly need: HostNeed;
}

/**
 * One Docker host as this hub knows it: what it has, what of it this hub's containers take, and how
 * it does. Several hubs on one host do not see each other's containers here; give each its slots.
 */
export class FleetHost {
  readonly name: HostName;
  readonly engine: ContainerEngine;
  readonly #setup: HostSetup;
  readonly #taken = new Set<Taken>();
  readonly #holds = new Set<string>();
  #health: HostHealth;
  #mode: HostMode;
  #info: EngineInfo | null = null;
  #usage: EngineUsage = { freeDiskMb: null, freeMemoryMb: null };
  #change = new AbortController();

  constructor(setup: HostSetup, now: number) {
    this.name = setup.name;
    this.engine = setup.engine;
    this.#setup = setup;
    this.#mode = setup.mode;
    this.#health = newHostHealth(now);
  }

  get health(): HostHealth {
    return this.#health;
  }

  get mode(): HostMode {
    return this.#mode;
  }

  get info(): EngineInfo | null {
    return this.#info;
  }

  get containers(): number {
    return this.#taken.size;
  }

  /** Aborted when state or mode change next; for those who wait for the host. */
  get change(): AbortSignal {
    return this.#change.signal;
  }

  view(): HostView {
    const { labels, rules } = this.#setup;
    const { state, why } = this.#health;
    const pools = new Map<string, number>();
    let used: HostAmounts = NOTHING;
    for (const { pool, need } of this.#taken) {
      used = plus(used, need);
      pools.set(pool, (pools.get(pool) ?? 0) + 1);
    }
    return {
      ...{ name: this.name, labels, state, why, mode: this.#mode, used, pools },
      capacity: this.#info === null ? NOTHING : capacityOf(this.#info, rules),
      freeDiskMb: this.#usage.freeDiskMb,
      reserveDiskMb: rules.reserve.diskMb,
      holds: this.#holds,
      runtimes: this.#info?.runtimes ?? [],
    };
  }

  take(pool: string, need: HostNeed): HostRoom {
    const taken = { pool, need };
    this.#taken.add(taken);
    return { host: this, giveBack: () => void this.#taken.delete(taken) };
  }

  /** These images and volumes are there now. */
  noteHolds(names: readonly string[]): void {
    for (const name of names) this.#holds.add(name);
  }

  introduce(info: EngineInfo): void {
    this.#info = info;
  }

  measure(usage: EngineUsage, now: number): boolean {
    this.#usage = usage;
    const { diskMb, memoryMb } = this.#setup.rules.reserve;
    return this.observe({ kind: 'measured', left: usage, floors: { diskMb, memoryMb } }, now);
  }

  /** Says whether its state changed. */
  observe(seen: HostObservation, now: number): boolean {
    const before = this.#health.state;
    this.#health = observeHost(this.#health, seen, now);
    if (this.#health.state === before) return false;
    // What was there may have been removed meanwhile.
    if (this.#health.state === 'down') this.#holds.clear();
    this.#changed();
    return true;
  }

  /** Whether the order may be given. */
  order(order: HostOrder): boolean {
    const next = nextHostMode(this.#mode, order);
    if (next === null) return false;
    this.#mode = next;
    this.#changed();
    return true;
  }

  #changed(): void {
    this.#change.abort();
    this.#change = new AbortController();
  }
}
