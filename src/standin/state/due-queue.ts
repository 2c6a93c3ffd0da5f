interface Due {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Below this, what was overtaken is not worth tidying up. */
const TIDY_FROM = 1024;

/**
 * The next deadline of many, in logarithmic time (a binary heap). A deadline counts only while
 * `deadlineOf` still says the same; one that was moved or cleared is dropped when it comes up.
 */
export function createDueQueue(deadlineOf: (key: string) => number | undefined) {
  let heap: Due[] = [];
  let tidyAt = TIDY_FROM;
  const at = (index: number): number => heap[index]?.at ?? Number.POSITIVE_INFINITY;

  function swap(one: number, other: number): void {
    [heap[one], heap[other]] = [heap[other] as Due, heap[one] as Due];
  }

  function sink(start: number): void {
    for (let index = start; ; ) {
      const left = 2 * index + 1;
      const child = at(left + 1) < at(left) ? left + 1 : left;
      if (at(child) >= at(index)) return;
      swap(child, index);
      index = child;
    }
  }

  function push(due: Due): void {
    if (heap.length >= tidyAt) tidy();
    heap.push(due);
    for (let index = heap.length - 1; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (at(parent) <= at(index)) return;
      swap(parent, index);
      index = parent;
    }
  }

  function pop(): void {
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    sink(0);
  }

  const counts = (due: Due): boolean => deadlineOf(due.key) === due.at;

  /** Deadlines of a day that were cleared after a second must not stay for the day. */
  function tidy(): void {
    const kept = heap.filter(counts);
    heap = [];
    tidyAt = Math.max(TIDY_FROM, 2 * kept.length);
    for (const due of kept) push(due);
  }

  return {
    push,
    pop,
    /** The earliest that counts, or null. */
    peek(): Due | null {
      for (let first = heap[0]; first !== undefined; first = heap[0]) {
        if (counts(first)) return first;
        pop();
      }
      return null;
    },
  };
}
