import type { Job } from './model.ts';

/** Jobs that ask for the same runners. */
interface JobClass {
  readonly key: string;
  /** Nobody has an offer for these; those that came back before those that are new. */
  readonly returned: Set<Job>;
  readonly fresh: Set<Job>;
}

/**
 * Jobs that wait for a runner, by what they ask for: with thousands of jobs and a few kinds of runners,
 * what there is for a runner is found without a look at every job.
 */
export class JobQueue {
  readonly #keyOf: (job: Job) => string;
  readonly #classOf = new Map<Job, JobClass>();
  readonly #classes = new Map<string, JobClass>();
  #changed = new Set<JobClass>();

  /** Jobs with the same key can go to the same runners. */
  constructor(keyOf: (job: Job) => string) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#classOf.size;
  }

  /** In the order in which they were queued. */
  [Symbol.iterator](): IterableIterator<Job> {
    return this.#classOf.keys();
  }

  add(job: Job): void {
    this.#put(job, 'fresh');
  }

  delete(job: Job): void {
    this.take(job);
    this.#classOf.delete(job);
  }

  /** A job that is offered waits on, but is offered to nobody else. */
  take(job: Job): void {
    const jobClass = this.#classOf.get(job);
    if (jobClass === undefined) return;
    jobClass.fresh.delete(job);
    jobClass.returned.delete(job);
    if (headOf(jobClass) === undefined) this.#classes.delete(jobClass.key);
  }

  /** A job whose offer ended without a runner comes before all new ones. */
  giveBack(job: Job): void {
    if (this.#classOf.has(job)) this.#put(job, 'returned');
  }

  /** A job that nobody has an offer for asks for other runners from now on. */
  changed(job: Job): void {
    if (!this.#classOf.has(job)) return;
    this.take(job);
    this.#put(job, 'returned');
  }

  /** The first job of every class that has one. */
  heads(): readonly Job[] {
    return [...this.#classes.values()].flatMap((each) => headOf(each) ?? []);
  }

  /** The next job that asks for the same as this one, which may be taken already. */
  nextLike(job: Job): Job | undefined {
    const jobClass = this.#classOf.get(job);
    return jobClass === undefined ? undefined : headOf(jobClass);
  }

  /** First jobs of the classes that got one since the last call. */
  takeChanged(): readonly Job[] {
    const changed = [...this.#changed].flatMap((each) => headOf(each) ?? []);
    this.#changed = new Set();
    return changed;
  }

  #put(job: Job, where: 'returned' | 'fresh'): void {
    const key = this.#keyOf(job);
    const jobClass = this.#classes.get(key) ?? { key, returned: new Set(), fresh: new Set() };
    this.#classes.set(key, jobClass);
    this.#classOf.set(job, jobClass);
    jobClass[where].add(job);
    this.#changed.add(jobClass);
  }
}

const headOf = ({ returned, fresh }: JobClass): Job | undefined => {
  for (const job of returned) return job;
  for (const job of fresh) return job;
  return undefined;
};
