import type { PoolConfig } from '../contract/pool-config.ts';
import type { ContainerEvent } from '../domain/container-lifecycle.ts';
import { AppError, messageOf } from '../domain/errors.ts';
import type { ContainerId } from '../domain/ids.ts';
import type { OwnedContainer } from '../ports/container-engine.ts';
import { type BackgroundTasks, createBackgroundTasks } from './background-tasks.ts';
import type { HostRoom } from './fleet-host.ts';
import type { FleetDeps } from './fleet-types.ts';
import { endMember } from './pool-end.ts';
import {
  answersCommands,
  isPlaced,
  newMember,
  type PoolMember,
  PoolMembers,
} from './pool-member.ts';
import { PoolRests } from './pool-rests.ts';
import { containerSpec } from './pool-template.ts';

export interface ContainersEvents {
  /** Counts have changed, or a host that the pool rested on may be tried again. */
  changed(): void;
  /** A container could not be made. `changed` follows. */
  failed(error: unknown): void;
  /** The pool stops: nothing new becomes warm, and what cannot be destroyed at once is left. */
  readonly stop: AbortSignal;
}

/** Makes, checks and ends the containers of one pool; how many there should be is not its business. */
export class PoolContainers {
  readonly members = new PoolMembers();
  /** Hosts on which making one has just failed. */
  readonly rests = new PoolRests();
  readonly tasks: BackgroundTasks;
  /** Why the last container could not be made or kept; null since one was made again. */
  lastError: string | null = null;
  readonly #deps: FleetDeps;
  readonly #config: PoolConfig;
  readonly #events: ContainersEvents;
  #isResting = false;

  constructor(deps: FleetDeps, config: PoolConfig, events: ContainersEvents) {
    this.#deps = deps;
    this.#config = config;
    this.#events = events;
    this.tasks = createBackgroundTasks((error) => {
      deps.log.error('pool task failed', { detail: messageOf(error) });
    });
  }

  create(room: HostRoom): void {
    const member = newMember(room);
    this.members.add(member);
    this.tasks.run(() => this.#make(member));
  }

  /** Takes over a warm one of a dead instance; false: it is not what the pool makes now. */
  async adopt(room: HostRoom, orphan: OwnedContainer): Promise<boolean> {
    const member = newMember(room);
    this.members.add(member);
    const { engine } = room.host;
    const spec = containerSpec(this.#config, this.#deps);
    try {
      if (await engine.adopt(orphan.id, orphan.instance, spec)) member.id = orphan.id;
    } finally {
      if (member.id === null) this.end(member, 'create-failed');
    }
    if (member.id === null) return false;
    this.tasks.run(() => this.#open(member, orphan.id, Date.parse(orphan.createdAt)));
    return true;
  }

  async #make(member: PoolMember): Promise<void> {
    const { engine } = member.room.host;
    try {
      member.id = await engine.create(containerSpec(this.#config, this.#deps));
    } catch (error) {
      this.#failed(member, error);
      return;
    }
    await this.#open(member, member.id, this.#deps.clock.now());
  }

  async #open(member: PoolMember, id: ContainerId, madeAt: number): Promise<void> {
    const { engine } = member.room.host;
    try {
      member.host = await engine.open(id);
      member.watch = engine.watch(id, (why) => this.lose(member, why));
    } catch (error) {
      this.#failed(member, error);
      return;
    }
    this.#made(member, madeAt);
  }

  #made(member: PoolMember, madeAt: number): void {
    const { clock, log } = this.#deps;
    const { name } = member.room.host;
    member.madeAt = madeAt;
    member.warmSince = clock.now();
    member.checkedAt = member.warmSince;
    if (!this.members.move(member, 'created')) return;
    member.room.host.noteHolds([this.#config.image]);
    const failures = this.rests.worked(name);
    if (failures > 0) log.info('pool makes containers again', { host: name, failures });
    this.lastError = null;
    if (this.#events.stop.aborted) this.end(member, 'retired');
    else this.#events.changed();
  }

  #failed(member: PoolMember, error: unknown): void {
    const { clock, log } = this.#deps;
    const { name } = member.room.host;
    const detail = messageOf(error);
    const failures = this.rests.failed(name, detail, clock.now());
    this.lastError = detail;
    if (failures === 1) log.warn('pool cannot make a container', { host: name, detail });
    const moved = this.members.move(
      member,
      member.id === null ? 'create-failed' : 'found-unhealthy',
    );
    // Before its room is given back: that would make the pool try again for the claim that failed.
    this.#events.failed(error);
    if (moved) this.#finish(member);
    this.#events.changed();
    this.#goOnWhenRested();
  }

  #goOnWhenRested(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    const { clock } = this.#deps;
    const { stop } = this.#events;
    this.tasks.run(async () => {
      for (let leftMs = 1; leftMs > 0 && !stop.aborted; leftMs = this.rests.leftMs(clock.now())) {
        await clock.sleep(leftMs, stop);
        this.#events.changed();
      }
      this.#isResting = false;
    });
  }

  /** Asks a warm one whether commands run in it; if not, it is lost. */
  check(member: PoolMember): void {
    if (!isPlaced(member)) return;
    const { host } = member;
    const { clock } = this.#deps;
    member.checkedAt = clock.now();
    this.tasks.run(async () => {
      const healthy = await answersCommands(host, clock);
      if (!healthy && member.state === 'warm') this.lose(member, 'it does not run commands');
    });
  }

  /** It ended or is of no use any more; whoever holds it is told. */
  lose(member: PoolMember, why: string): void {
    const from = member.state;
    if (from === 'draining' || !this.end(member, 'found-unhealthy')) return;
    const host = member.room.host.name;
    this.#deps.log.warn('container lost', { container: member.id, host, from, why });
    if (from === 'warm') this.lastError = why;
    member.lost.abort(new AppError('container-lost', why));
    this.#events.changed();
  }

  /** Moves it towards its end, if that event may happen now; its room is given back after it. */
  end(member: PoolMember, event: ContainerEvent): boolean {
    if (!this.members.move(member, event)) return false;
    this.#finish(member);
    return true;
  }

  #finish(member: PoolMember): void {
    const { clock, hosts, log } = this.#deps;
    if (member.state === 'destroyed') {
      hosts.giveBack(member.room);
      return;
    }
    this.tasks.run(async () => {
      const { stop } = this.#events;
      if (!(await endMember({ clock, log, stop }, member))) return;
      this.members.move(member, 'destroyed');
      hosts.giveBack(member.room);
    });
  }
}
