import type { PoolConfig } from '../contract/pool-config.ts';
import { AppError } from '../domain/errors.ts';
import type { ContainerId, HostName } from '../domain/ids.ts';
import { describeRefusals, type HostRefusal } from '../domain/placement.ts';
import { hasRoom, type PoolCounts, type PoolSize, planPool } from '../domain/pool.ts';
import { sizeAt } from '../domain/pool-schedule.ts';
import type { OwnedContainer } from '../ports/container-engine.ts';
import type { ClaimedContainer, FleetDeps, PoolStatus } from './fleet-types.ts';
import { PoolContainers } from './pool-containers.ts';
import { answersCommands, isPlaced, type PlacedMember, type PoolMember } from './pool-member.ts';
import { placementWish, refusalError } from './pool-template.ts';

/** A warm container that was checked this recently is handed out without another check. */
const CHECK_AFTER_MS = 30_000;

interface Waiter {
  readonly resolve: (claimed: ClaimedContainer) => void;
  readonly reject: (error: unknown) => void;
}

/** What the pools of a fleet owe each other. */
export interface PoolNeighbours {
  /** Whether other pools let a warm container on one of these hosts go, or have done so just now. */
  makeRoom(hosts: readonly HostName[]): boolean;
  /** Whether they would. */
  canMakeRoom(hosts: readonly HostName[]): boolean;
  /** Claims of another pool wait for room: what is only kept ready must not take it. */
  mustYield(): boolean;
}

/**
 * Keeps one pool at its size and hands out its containers. Everything that changes the counts ends
 * in `kick`, which serves waiting claims and starts what the plan says. Containers that cannot be
 * destroyed stay `draining`, and keep their room on the host, until they are.
 */
export class PoolKeeper {
  readonly config: PoolConfig;
  readonly #deps: FleetDeps;
  readonly #neighbours: PoolNeighbours;
  readonly #containers: PoolContainers;
  readonly #waiters: Waiter[] = [];
  readonly #stopped = new AbortController();
  #target = 0;
  #started = false;

  constructor(deps: FleetDeps, config: PoolConfig, neighbours: PoolNeighbours) {
    this.config = config;
    this.#neighbours = neighbours;
    this.#deps = { ...deps, log: deps.log.child({ pool: config.name }) };
    this.#containers = new PoolContainers(this.#deps, config, {
      changed: () => this.kick(),
      failed: (error) => this.#makingFailed(error),
      stop: this.#stopped.signal,
    });
  }

  /** Begins to follow the plan; what is adopted before counts. */
  start(): void {
    this.#started = true;
    this.kick();
  }

  async claim(): Promise<ClaimedContainer> {
    if (this.#stopped.signal.aborted) throw this.#stopping();
    const size = this.#size();
    if (!hasRoom(size, this.#counts())) {
      const detail = `pool ${this.config.name} has its maximum of ${size.max} containers`;
      throw new AppError('conflict', detail, { retryable: true });
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.kick();
    });
  }

  /** Why a claim would fail now for want of a host; null when it would not. */
  refusal(): AppError | null {
    const { creating, warm, waiting } = this.#counts();
    if (creating + warm > waiting) return null;
    const refusals = this.#deps.hosts.refusals(this.#wish(), { evenResting: true });
    if (refusals.length === 0 || this.#neighbours.canMakeRoom(fullHosts(refusals))) return null;
    return refusalError(refusals);
  }

  /** Warm containers to keep beside the taken ones, where that is more than the pool's own number. */
  setTarget(idle: number): void {
    this.#target = idle;
    this.kick();
  }

  markBusy(id: ContainerId): void {
    const member = this.#containers.members.find(id);
    if (member !== undefined && this.#containers.members.move(member, 'job-started'))
      this.#changed();
  }

  /** Destroys it. Resolves after the first try; if that fails, more follow in the background. */
  async release(id: ContainerId): Promise<void> {
    const member = this.#containers.members.find(id);
    if (member === undefined) return;
    this.#containers.end(member, 'released');
    this.kick();
    await member.firstDestroy;
  }

  has(id: ContainerId): boolean {
    return this.#containers.members.find(id) !== undefined;
  }

  /** Takes over a warm container of a dead instance, if the pool wants one more and it fits. */
  async adopt(host: HostName, orphan: OwnedContainer): Promise<boolean> {
    if (this.#stopped.signal.aborted) return false;
    if (planPool(this.#size(), this.#counts()).create === 0) return false;
    const room = this.#deps.hosts.takeAt(host, this.#wish());
    return room !== null && this.#containers.adopt(room, orphan);
  }

  /** Whether claims wait for which no container is on its way. */
  isStarving(): boolean {
    const { creating, warm, waiting } = this.#counts();
    return waiting > creating + warm;
  }

  /** Lets a warm container on one of these hosts go; true also where one is on its way out. */
  giveWay(hosts: readonly HostName[]): boolean {
    const isThere = ({ room }: PoolMember): boolean => hosts.includes(room.host.name);
    if (this.#containers.members.in('draining').some(isThere)) return true;
    const warm = this.#containers.members.in('warm').find(isThere);
    return warm !== undefined && this.#containers.end(warm, 'retired');
  }

  couldGiveWay(hosts: readonly HostName[]): boolean {
    return this.#containers.members
      .in('warm', 'draining')
      .some(({ room }) => hosts.includes(room.host.name));
  }

  /** The host is gone: so is what ran there. What was being made there fails by itself. */
  hostLost(host: HostName, why: string): void {
    for (const member of this.#containers.members.in('warm', 'reserved', 'busy')) {
      if (member.room.host.name === host) this.#containers.lose(member, why);
    }
  }

  /** Replaces warm containers that are too old or do not answer any more, and follows the schedule. */
  tend(): void {
    const now = this.#deps.clock.now();
    const { maxLifetimeSeconds, healthCheckSeconds } = this.config;
    for (const member of this.#containers.members.in('warm')) {
      if (now - member.madeAt >= maxLifetimeSeconds * 1000) this.#containers.end(member, 'retired');
      else if (now - member.checkedAt >= healthCheckSeconds * 1000) this.#containers.check(member);
    }
    this.kick();
  }

  status(): PoolStatus {
    const { creating, warm, taken } = this.#counts();
    const { name } = this.config;
    const waiting = this.#waiters.length;
    return {
      name,
      warm,
      creating,
      busy: taken,
      waiting,
      ...this.#size(),
      lastError: this.#containers.lastError,
    };
  }

  /**
   * Destroys every container, also those in use; what the engine does not let go stays behind. Warm
   * ones stay if told so: answers which.
   */
  async stop(keepWarm: boolean): Promise<readonly ContainerId[]> {
    this.#stopped.abort();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#stopping());
    const kept = keepWarm ? this.#containers.members.in('warm').filter(isPlaced) : [];
    for (const member of kept) member.watch?.[Symbol.dispose]();
    for (const member of this.#containers.members.all()) {
      if (kept.some((each) => each === member)) continue;
      if (!this.#containers.end(member, 'retired')) this.#containers.end(member, 'released');
    }
    await this.#containers.tasks.settled();
    return kept.map(({ id }) => id);
  }

  /** Serves waiting claims, then starts and ends what the pool's size asks for. */
  kick(): void {
    if (this.#stopped.signal.aborted || !this.#started) return;
    this.#serve();
    this.#leaveClosedHosts();
    const counts = this.#counts();
    const { create, retire } = planPool(this.#size(), counts);
    const forClaims = Math.min(create, Math.max(0, counts.waiting - counts.creating - counts.warm));
    const isShort = !this.#createSome(forClaims, true) || this.#neighbours.mustYield();
    if (!isShort) this.#createSome(create - forClaims, false);
    const now = this.#deps.clock.now();
    const idleMs = this.config.idleLifetimeSeconds * 1000;
    const idle = this.#containers.members
      .in('warm')
      .filter(({ warmSince }) => now - warmSince >= idleMs);
    for (const member of idle.slice(0, retire)) this.#containers.end(member, 'retired');
    this.#changed();
  }

  #size(): PoolSize {
    const { schedule, timezone, minIdle, max } = this.config;
    const windows = { timezone, windows: schedule };
    const size = sizeAt({ minIdle, max }, windows, this.#deps.clock.now());
    return { ...size, minIdle: Math.max(size.minIdle, Math.min(this.#target, size.max)) };
  }

  #counts(): PoolCounts {
    return this.#containers.members.counts(this.#waiters.length);
  }

  #wish(): ReturnType<typeof placementWish> {
    return placementWish(this.config, this.#containers.rests.at(this.#deps.clock.now()));
  }

  #stopping(): AppError {
    return new AppError('cancelled', `pool ${this.config.name} is stopping`);
  }

  #changed(): void {
    this.#deps.events.publish({ kind: 'pool', pool: this.config.name });
  }

  #serve(): void {
    for (const member of this.#containers.members.in('warm')) {
      if (this.#waiters.length === 0) return;
      if (!isPlaced(member) || !this.#containers.members.move(member, 'claimed')) continue;
      const waiter = this.#waiters.shift();
      if (waiter !== undefined) this.#containers.tasks.run(() => this.#handOut(member, waiter));
    }
  }

  async #handOut(member: PlacedMember, waiter: Waiter): Promise<void> {
    const { clock } = this.#deps;
    const fresh = clock.now() - member.checkedAt < CHECK_AFTER_MS;
    const healthy = fresh || (await answersCommands(member.host, clock));
    if (healthy && member.state === 'reserved') {
      const { id: container, host } = member;
      const at = member.room.host.name;
      waiter.resolve({ container, host, at, lost: member.lost.signal });
      return;
    }
    this.#containers.lose(member, 'it does not run commands');
    if (this.#stopped.signal.aborted) {
      waiter.reject(this.#stopping());
      return;
    }
    this.#waiters.unshift(waiter);
    this.kick();
  }

  #leaveClosedHosts(): void {
    for (const member of this.#containers.members.in('warm')) {
      const { mode } = member.room.host;
      if (mode === 'draining' || mode === 'removed') this.#containers.end(member, 'retired');
    }
  }

  /** False when no host takes all of them; claims for which none will be are told why. */
  #createSome(count: number, forClaims: boolean): boolean {
    const { hosts } = this.#deps;
    for (let left = count; left > 0; left -= 1) {
      const room = hosts.take(this.#wish(), { evenResting: forClaims });
      if ('refusals' in room) {
        if (forClaims) this.#refuse(left, room.refusals);
        return false;
      }
      this.#containers.create(room);
    }
    return true;
  }

  #refuse(claims: number, refusals: readonly HostRefusal[]): void {
    this.#containers.lastError = describeRefusals(refusals);
    if (this.#neighbours.makeRoom(fullHosts(refusals))) return;
    for (const waiter of this.#waiters.splice(-claims)) waiter.reject(refusalError(refusals));
  }

  /** A claim is told at once why, unless another host may do better. */
  #makingFailed(error: unknown): void {
    const { hosts } = this.#deps;
    const elsewhere = hosts.refusals(this.#wish(), { evenResting: false }).length === 0;
    if (this.isStarving() && !elsewhere) this.#waiters.shift()?.reject(error);
  }
}

const fullHosts = (refusals: readonly HostRefusal[]): readonly HostName[] =>
  refusals.filter(({ kind }) => kind === 'full').map(({ host }) => host);
