import {
  type ContainerEvent,
  type ContainerState,
  nextContainerState,
} from '../domain/container-lifecycle.ts';
import type { ContainerId } from '../domain/ids.ts';
import type { PoolCounts } from '../domain/pool.ts';
import type { Clock } from '../ports/clock.ts';
import type { StepHost } from '../ports/step-host.ts';
import type { HostRoom } from './fleet-host.ts';

/** One container of a pool, from the wish to make it until it is destroyed. */
export interface PoolMember {
  state: ContainerState;
  readonly room: HostRoom;
  id: ContainerId | null;
  host: StepHost | null;
  watch: Disposable | null;
  /** Aborted with `AppError('container-lost')` when it ends or fails a check. */
  readonly lost: AbortController;
  /** Milliseconds of the epoch. */
  madeAt: number;
  warmSince: number;
  checkedAt: number;
  /** Settled after the first try to destroy it. */
  firstDestroy: Promise<void>;
}

export type PlacedMember = PoolMember & { id: ContainerId; host: StepHost };

export const isPlaced = (member: PoolMember): member is PlacedMember =>
  member.id !== null && member.host !== null;

export const newMember = (room: HostRoom): PoolMember => ({
  state: 'creating',
  room,
  id: null,
  host: null,
  watch: null,
  lost: new AbortController(),
  madeAt: 0,
  warmSince: 0,
  checkedAt: 0,
  firstDestroy: Promise.resolve(),
});

/** The containers of one pool; every change of state goes through `move`. */
export class PoolMembers {
  readonly #members = new Set<PoolMember>();

  add(member: PoolMember): void {
    this.#members.add(member);
  }

  /** Whether the event may happen; then it has. */
  move(member: PoolMember, event: ContainerEvent): boolean {
    const next = nextContainerState(member.state, event);
    if (next === null) return false;
    member.state = next;
    if (next === 'destroyed') this.#members.delete(member);
    return true;
  }

  find(id: ContainerId): PoolMember | undefined {
    return this.all().find((member) => member.id === id);
  }

  all(): readonly PoolMember[] {
    return [...this.#members];
  }

  in(...states: readonly ContainerState[]): readonly PoolMember[] {
    return this.all().filter(({ state }) => states.includes(state));
  }

  counts(waiting: number): PoolCounts {
    return {
      creating: this.in('creating').length,
      warm: this.in('warm').length,
      taken: this.in('reserved', 'busy').length,
      waiting,
    };
  }
}

const CHECK_TIMEOUT_MS = 5_000;

/** Whether a trivial command runs in it within 5 s. Never throws. */
export async function answersCommands(host: StepHost, clock: Clock): Promise<boolean> {
  const late = new AbortController();
  const done = new AbortController();
  const command = { argv: ['true'], cwd: '/', env: host.facts.env };
  const sink = { stdout: () => undefined, stderr: () => undefined };
  const answer = host.exec(command, sink, late.signal).then(
    ({ code }) => code === 0,
    () => false,
  );
  const limit = clock.sleep(CHECK_TIMEOUT_MS, done.signal).then(() => false);
  const healthy = await Promise.race([answer, limit]);
  done.abort();
  if (!healthy) late.abort();
  return healthy;
}
