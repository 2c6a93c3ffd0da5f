import type { ContainerState } from '../domain/container-lifecycle.ts';
import type { ContainerId } from '../domain/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { StepHost } from '../ports/step-host.ts';

/** One container of a pool, from the wish to make it until it is destroyed. */
export interface PoolMember {
  state: ContainerState;
  id: ContainerId | null;
  host: StepHost | null;
  watch: Disposable | null;
  /** Aborted with `AppError('container-lost')` when it ends or fails a check. */
  readonly lost: AbortController;
  checkedAt: number;
  /** Settled after the first try to destroy it. */
  firstDestroy: Promise<void>;
}

export type PlacedMember = PoolMember & { id: ContainerId; host: StepHost };

export const isPlaced = (member: PoolMember): member is PlacedMember =>
  member.id !== null && member.host !== null;

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
