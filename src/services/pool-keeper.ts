import type { PoolConfig } from '../contract/pool-config.ts';
import { type ContainerEvent, nextContainerState } from '../domain/container-lifecycle.ts';
import { AppError, messageOf } from '../domain/errors.ts';
import { type ContainerId, poolName } from '../domain/ids.ts';
import { creationBackOffMs, hasRoom, type PoolCounts, planPool } from '../domain/pool.ts';
import { type BackgroundTasks, createBackgroundTasks } from './background-tasks.ts';
import type { ClaimedContainer, FleetDeps, PoolStatus } from './fleet-types.ts';
import { answersCommands, isPlaced, type PlacedMember, type PoolMember } from './pool-member.ts';

/** A warm container that was checked this recently is handed out without another check. */
const CHECK_AFTER_MS = 30_000;

interface Waiter {
  readonly resolve: (claimed: ClaimedContainer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Keeps one pool at its size and hands out its containers. Everything that changes the counts ends
 * in `#kick`, which serves waiting claims and starts what the plan says; there is no timer but the
 * back-off after a failure. Containers that cannot be destroyed stay `draining` until they are.
 */
export class PoolKeeper {
  readonly config: PoolConfig;
  readonly #deps: FleetDeps;
  readonly #members = new Set<PoolMember>();
  readonly #waiters: Waiter[] = [];
  readonly #tasks: BackgroundTasks;
  readonly #stopped = new AbortController();
  #failures = 0;
  #retryAt = 0;
  #lastError: string | null = null;

  constructor(deps: FleetDeps, config: PoolConfig) {
    this.config = config;
    this.#deps = { ...deps, log: deps.log.child({ pool: config.name }) };
    this.#tasks = createBackgroundTasks((error) => {
      this.#deps.log.error('pool task failed', { detail: messageOf(error) });
    });
  }

  start(): void {
    this.#kick();
  }

  async claim(): Promise<ClaimedContainer> {
    if (this.#stopped.signal.aborted) {
      throw new AppError('cancelled', `pool ${this.config.name} is stopping`);
    }
    if (!hasRoom(this.config, this.#counts())) {
      const detail = `pool ${this.config.name} has its maximum of ${this.config.max} containers`;
      throw new AppError('conflict', detail, { retryable: true });
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#kick();
    });
  }

  markBusy(id: ContainerId): void {
    const member = this.#find(id);
    if (member !== undefined && this.#move(member, 'job-started')) this.#changed();
  }

  /** Destroys it. Resolves after the first try; if that fails, more follow in the background. */
  async release(id: ContainerId): Promise<void> {
    const member = this.#find(id);
    if (member === undefined) return;
    if (this.#move(member, 'released')) {
      this.#drain(member);
      this.#kick();
    }
    await member.firstDestroy;
  }

  has(id: ContainerId): boolean {
    return this.#find(id) !== undefined;
  }

  status(): PoolStatus {
    const { creating, warm, taken } = this.#counts();
    const { name, max, minIdle } = this.config;
    const lastError = this.#lastError;
    const waiting = this.#waiters.length;
    return { name, warm, creating, busy: taken, waiting, minIdle, max, lastError };
  }

  /** Destroys every container, also those in use. What the engine does not let go stays behind. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const waiter of this.#waiters.splice(0)) {
      waiter.reject(new AppError('cancelled', `pool ${this.config.name} is stopping`));
    }
    for (const member of [...this.#members]) {
      const moved = this.#move(member, 'retired') || this.#move(member, 'released');
      if (moved) this.#drain(member);
    }
    await this.#tasks.settled();
  }

  #counts(): PoolCounts {
    const count = (...states: PoolMember['state'][]): number =>
      [...this.#members].filter(({ state }) => states.includes(state)).length;
    return {
      creating: count('creating'),
      warm: count('warm'),
      taken: count('reserved', 'busy'),
      waiting: this.#waiters.length,
    };
  }

  #find(id: ContainerId): PoolMember | undefined {
    return [...this.#members].find((member) => member.id === id);
  }

  #move(member: PoolMember, event: ContainerEvent): boolean {
    const next = nextContainerState(member.state, event);
    if (next === null) return false;
    member.state = next;
    if (next === 'destroyed') this.#members.delete(member);
    return true;
  }

  #changed(): void {
    this.#deps.events.publish({ kind: 'pool', pool: this.config.name });
  }

  /** Serves waiting claims, then starts what the pool needs. */
  #kick(): void {
    if (this.#stopped.signal.aborted) return;
    this.#serve();
    const counts = this.#counts();
    // While the engine fails, only claims make it try again; what is kept ready waits.
    const resting = this.#deps.clock.now() < this.#retryAt;
    const size = resting ? { ...this.config, minIdle: 0 } : this.config;
    const create = planPool(size, counts).create;
    const retire = planPool(this.config, counts).retire;
    for (let i = 0; i < create; i += 1) this.#create();
    const warm = [...this.#members].filter(({ state }) => state === 'warm');
    for (const member of warm.slice(0, retire)) {
      if (this.#move(member, 'retired')) this.#drain(member);
    }
    this.#changed();
  }

  #serve(): void {
    for (const member of this.#members) {
      if (this.#waiters.length === 0) return;
      if (!isPlaced(member) || !this.#move(member, 'claimed')) continue;
      const waiter = this.#waiters.shift();
      if (waiter !== undefined) this.#tasks.run(() => this.#handOut(member, waiter));
    }
  }

  async #handOut(member: PlacedMember, waiter: Waiter): Promise<void> {
    const fresh = this.#deps.clock.now() - member.checkedAt < CHECK_AFTER_MS;
    const healthy = fresh || (await answersCommands(member.host, this.#deps.clock));
    if (healthy && member.state === 'reserved') {
      const { id: container, host } = member;
      waiter.resolve({ container, host, lost: member.lost.signal });
      return;
    }
    this.#unhealthy(member, 'it does not run commands');
    if (this.#stopped.signal.aborted) {
      waiter.reject(new AppError('cancelled', `pool ${this.config.name} is stopping`));
      return;
    }
    this.#waiters.unshift(waiter);
    this.#kick();
  }

  #create(): void {
    const member: PoolMember = {
      state: 'creating',
      id: null,
      host: null,
      watch: null,
      lost: new AbortController(),
      checkedAt: 0,
      firstDestroy: Promise.resolve(),
    };
    this.#members.add(member);
    this.#tasks.run(() => this.#make(member));
  }

  async #make(member: PoolMember): Promise<void> {
    const { engine, clock, log } = this.#deps;
    try {
      member.id = await engine.create(this.#spec());
      member.host = await engine.open(member.id);
      member.watch = engine.watch(member.id, (why) => this.#unhealthy(member, why));
    } catch (error) {
      this.#failed(member, error);
      return;
    }
    member.checkedAt = clock.now();
    if (!this.#move(member, 'created')) return;
    if (this.#failures > 0) log.info('pool makes containers again', { failures: this.#failures });
    this.#failures = 0;
    this.#retryAt = 0;
    this.#lastError = null;
    if (this.#stopped.signal.aborted && this.#move(member, 'retired')) this.#drain(member);
    else this.#kick();
  }

  #spec(): Parameters<FleetDeps['engine']['create']>[0] {
    const { image, cpuMillis, memoryMb, pids, user } = this.config;
    const { installation, instance } = this.#deps;
    const pool = poolName(this.config.name);
    const walls = this.config;
    return { installation, instance, pool, image, cpuMillis, memoryMb, pids, user, walls };
  }

  #failed(member: PoolMember, error: unknown): void {
    const { clock, log } = this.#deps;
    this.#failures += 1;
    this.#lastError = messageOf(error);
    if (this.#failures === 1) log.warn('pool cannot make a container', { detail: this.#lastError });
    if (member.id === null) this.#move(member, 'create-failed');
    else if (this.#move(member, 'found-unhealthy')) this.#drain(member);
    const { creating, warm, waiting } = this.#counts();
    // A claim is told at once why, unless another container is on its way for it.
    if (waiting > creating + warm) this.#waiters.shift()?.reject(error);
    const waitMs = creationBackOffMs(this.#failures);
    this.#retryAt = clock.now() + waitMs;
    this.#changed();
    this.#tasks.run(async () => {
      await clock.sleep(waitMs, this.#stopped.signal);
      this.#kick();
    });
  }

  #unhealthy(member: PoolMember, why: string): void {
    const from = member.state;
    if (from === 'draining' || !this.#move(member, 'found-unhealthy')) return;
    this.#deps.log.warn('container lost', { container: member.id, from, why });
    if (from === 'warm') this.#lastError = why;
    member.lost.abort(new AppError('container-lost', why));
    this.#drain(member);
    this.#kick();
  }

  /** Destroys a draining member, again and again until the engine lets go or the pool stops. */
  #drain(member: PoolMember): void {
    member.watch?.[Symbol.dispose]();
    let triedOnce: () => void = () => undefined;
    member.firstDestroy = new Promise((resolve) => {
      triedOnce = resolve;
    });
    this.#tasks.run(async () => {
      for (let tries = 1; ; tries += 1) {
        const done = await this.#tryDestroy(member, tries);
        triedOnce();
        if (done) break;
        if (this.#stopped.signal.aborted) return;
        await this.#deps.clock.sleep(creationBackOffMs(tries), this.#stopped.signal);
      }
      this.#move(member, 'destroyed');
      this.#changed();
    });
  }

  async #tryDestroy(member: PoolMember, tries: number): Promise<boolean> {
    if (member.id === null) return true;
    try {
      await this.#deps.engine.destroy(member.id);
      return true;
    } catch (error) {
      if (tries === 1) {
        const detail = messageOf(error);
        this.#deps.log.warn('container not destroyed yet', { container: member.id, detail });
      }
      return false;
    }
  }
}
