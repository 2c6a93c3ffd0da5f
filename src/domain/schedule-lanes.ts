import type { Group } from './fairness.ts';
import { agedPriority } from './priority.ts';
import type { JobClass, QueuedJob } from './schedule-types.ts';

/** A queued job with its class. */
export interface Candidate {
  readonly job: QueuedJob;
  readonly jobClass: JobClass;
}

/** The queued jobs of one group and one priority, oldest first. */
interface Lane {
  readonly group: Group;
  readonly priority: number;
  readonly jobs: Candidate[];
  /** Place of the first job that has not had its turn. */
  at: number;
  /** When a runner was last started for the lane; -Infinity when none is known. */
  servedAt: number;
}

/** What decides whose turn it is, as of when the lane was put into the heap. */
interface Turn {
  readonly lane: Lane;
  readonly priority: number;
  readonly share: number;
}

export interface LaneNumbers {
  readonly now: number;
  readonly ageMs: number;
  /** What a group occupies now. */
  readonly occupied: (group: Group) => number;
}

/**
 * Whose turn it is: the highest aged priority first, then the group that occupies least for its
 * weight, then the oldest job. Serving a lane only ever moves it back, so an entry of the heap that
 * has grown old is noticed when it comes up.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #heap: Turn[] = [];
  readonly #numbers: LaneNumbers;

  constructor(numbers: LaneNumbers) {
    this.#numbers = numbers;
  }

  /** Jobs must come oldest first. */
  add(candidate: Candidate): void {
    const { group, priority } = candidate.jobClass;
    this.#lane(group, candidate.job.priority ?? priority).jobs.push(candidate);
  }

  /** A runner was started for the lane at this instant. */
  served(group: Group, priority: number, at: number): void {
    const lane = this.#lane(group, priority);
    lane.servedAt = Math.max(lane.servedAt, at);
  }

  /** Once all jobs are there. */
  ready(): void {
    for (const lane of this.#lanes.values()) this.#push(lane);
  }

  /** The next job; the caller says {@link served} and counts what it occupies before it asks again. */
  next(): Candidate | undefined {
    for (let turn = this.#pop(); turn !== undefined; turn = this.#pop()) {
      const now = this.#turnOf(turn.lane);
      const rival = this.#heap[0];
      if (rival !== undefined && goesBefore(rival, now)) {
        this.#insert(now);
        continue;
      }
      const candidate = turn.lane.jobs[turn.lane.at];
      turn.lane.at += 1;
      this.#push(turn.lane);
      return candidate;
    }
    return undefined;
  }

  #lane(group: Group, priority: number): Lane {
    const key = `${priority} ${group.name}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = { group, priority, jobs: [], at: 0, servedAt: Number.NEGATIVE_INFINITY };
    this.#lanes.set(key, lane);
    return lane;
  }

  #turnOf(lane: Lane): Turn {
    const { now, ageMs, occupied } = this.#numbers;
    const since = Math.max(headOf(lane).queuedAt, lane.servedAt);
    return {
      lane,
      priority: agedPriority(lane.priority, since, now, ageMs),
      share: occupied(lane.group) / lane.group.weight,
    };
  }

  #push(lane: Lane): void {
    if (lane.at < lane.jobs.length) this.#insert(this.#turnOf(lane));
  }

  #insert(turn: Turn): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = heap[(at - 1) >> 1];
      if (parent === undefined || !goesBefore(turn, parent)) break;
      heap[at] = parent;
      at = (at - 1) >> 1;
    }
    heap[at] = turn;
  }

  #pop(): Turn | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const isRight = right !== undefined && left !== undefined && goesBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !goesBefore(child, last)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
    return first;
  }
}

function headOf(lane: Lane): QueuedJob {
  const head = lane.jobs[lane.at];
  if (head === undefined) throw new Error('a lane without jobs has no turn');
  return head.job;
}

/** Total, so that equal states give equal plans. */
function goesBefore(a: Turn, b: Turn): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.share !== b.share) return a.share < b.share;
  return isOlder(headOf(a.lane), headOf(b.lane));
}

/** The order of jobs that nothing else sets apart. */
export const isOlder = (a: QueuedJob, b: QueuedJob): boolean =>
  a.queuedAt !== b.queuedAt ? a.queuedAt < b.queuedAt : a.id < b.id;
