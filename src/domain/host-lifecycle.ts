/**
 * What the hub knows of a host's health. The monitor of each hub moves it, by what it observes; after
 * a restart every host is `unknown` until it has answered.
 *
 * `unknown`  Not heard of yet: gets no containers.
 * `up`       Answers and has room.
 * `strained` Answers, but is short of disk or memory: keeps its containers and gets no new ones.
 * `down`     Did not answer twice in a row: its containers are lost.
 *
 * Both bounds have a distance, so that a host at the edge does not change its state all the time: it
 * takes two answers to be up again, and a fifth more room than the floor to be no longer strained.
 */
export type HostState = 'unknown' | 'up' | 'strained' | 'down';

export interface HostHealth {
  readonly state: HostState;
  /** Milliseconds of the epoch at which the state began. */
  readonly since: number;
  /** Silences in a row, or answers in a row. */
  readonly silences: number;
  readonly answers: number;
  /** Why it is not up, for people. */
  readonly why: string | null;
}

/** What is left on the host, in MiB; null for what could not be measured. */
export interface HostRoomLeft {
  readonly freeDiskMb: number | null;
  readonly freeMemoryMb: number | null;
}

export interface HostFloors {
  readonly diskMb: number;
  readonly memoryMb: number;
}

export type HostObservation =
  | { readonly kind: 'answered' }
  | { readonly kind: 'silent'; readonly why: string }
  | { readonly kind: 'measured'; readonly left: HostRoomLeft; readonly floors: HostFloors };

export const SILENCES_UNTIL_DOWN = 2;
const ANSWERS_UNTIL_UP = 2;
const RELIEF = 1.2;

export const newHostHealth = (now: number): HostHealth => ({
  state: 'unknown',
  since: now,
  silences: 0,
  answers: 0,
  why: 'it has not answered yet',
});

export function observeHost(health: HostHealth, seen: HostObservation, now: number): HostHealth {
  switch (seen.kind) {
    case 'answered':
      return afterAnswer({ ...health, silences: 0, answers: health.answers + 1 }, now);
    case 'silent': {
      const silences = health.silences + 1;
      const silent = { ...health, silences, answers: 0 };
      if (silences < SILENCES_UNTIL_DOWN && health.state !== 'unknown') return silent;
      return entering(silent, 'down', seen.why, now);
    }
    case 'measured':
      return afterMeasure(health, seen.left, seen.floors, now);
  }
}

function afterAnswer(health: HostHealth, now: number): HostHealth {
  if (health.state === 'unknown') return entering(health, 'up', null, now);
  if (health.state !== 'down') return health;
  return health.answers < ANSWERS_UNTIL_UP ? health : entering(health, 'up', null, now);
}

function afterMeasure(
  health: HostHealth,
  left: HostRoomLeft,
  floors: HostFloors,
  now: number,
): HostHealth {
  if (health.state !== 'up' && health.state !== 'strained') return health;
  const factor = health.state === 'strained' ? RELIEF : 1;
  const why = shortage(left, floors, factor);
  return entering(health, why === null ? 'up' : 'strained', why, now);
}

function shortage(left: HostRoomLeft, floors: HostFloors, factor: number): string | null {
  const { freeDiskMb, freeMemoryMb } = left;
  if (freeDiskMb !== null && freeDiskMb < floors.diskMb * factor) {
    return `only ${freeDiskMb} MiB of disk are free`;
  }
  if (freeMemoryMb !== null && freeMemoryMb < floors.memoryMb * factor) {
    return `only ${freeMemoryMb} MiB of memory are free`;
  }
  return null;
}

const entering = (
  health: HostHealth,
  state: HostState,
  why: string | null,
  now: number,
): HostHealth => ({ ...health, state, why, since: state === health.state ? health.since : now });

/**
 * What people want of a host. `open`: takes containers. `cordoned`: keeps what it has, warm ones
 * included, and takes no new ones. `draining`: lets its warm ones go as well; running jobs end in
 * peace. `removed`: as draining, and gone from the list when its last container is.
 */
export type HostMode = 'open' | 'cordoned' | 'draining' | 'removed';

export type HostOrder = 'cordon' | 'drain' | 'remove' | 'reopen';

const MODES: Record<HostMode, Partial<Record<HostOrder, HostMode>>> = {
  open: { cordon: 'cordoned', drain: 'draining', remove: 'removed' },
  cordoned: { drain: 'draining', remove: 'removed', reopen: 'open' },
  draining: { cordon: 'cordoned', remove: 'removed', reopen: 'open' },
  removed: {},
};

/** The next mode, or null where the order may not be given. */
export const nextHostMode = (mode: HostMode, order: HostOrder): HostMode | null =>
  MODES[mode][order] ?? null;
