import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isHeld,
  isRefused,
  type JobEvent,
  type JobReport,
  type JobStatus,
  mergeReport,
  statusOfReport,
  transition,
} from './job-lifecycle.ts';

const queued = statusOfReport({ status: 'queued', conclusion: null });
const inProgress: JobReport = { status: 'in_progress', conclusion: null };

const moved = (status: JobStatus, ...events: JobEvent[]): JobStatus =>
  events.reduce((now, event) => {
    const next = transition(now, event);
    if (isRefused(next)) throw new Error(next.refused);
    return next;
  }, status);

const report: fc.Arbitrary<JobReport> = fc.oneof(
  fc
    .constantFrom('waiting', 'queued', 'in_progress')
    .map((status) => ({ status, conclusion: null })),
  fc.constant({ status: 'completed' as const, conclusion: 'success' as const }),
);

const event: fc.Arbitrary<JobEvent> = fc.oneof(
  fc.constantFrom<JobEvent>(
    { kind: 'acquired' },
    { kind: 'prepared' },
    { kind: 'first-step' },
    { kind: 'owner-lost' },
  ),
  fc.constantFrom('success', 'failure', 'cancelled').map((conclusion) => ({
    kind: 'completed' as const,
    conclusion,
  })),
);

describe('mergeReport', () => {
  it('ends in the same state in whatever order and however often reports come', () => {
    const few = fc.array(report, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        few.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
          ),
        ),
        ([once, shuffled]) => {
          expect(mergeAll(shuffled)).toEqual(mergeAll(once));
        },
      ),
    );
  });

  it('never leaves a terminal state', () => {
    const done = moved(queued, { kind: 'completed', conclusion: 'cancelled' });
    fc.assert(
      fc.property(report, event, (each, next) => {
        expect(mergeReport(done, each)).toBe(done);
        expect(isRefused(transition(done, next))).toBe(true);
      }),
    );
  });

  it('holds a job that GitHub holds, until GitHub queues it', () => {
    const held = statusOfReport({ status: 'waiting', conclusion: null });
    expect(isHeld(held)).toBe(true);
    expect(mergeReport(held, { status: 'queued', conclusion: null })).toEqual(queued);
    expect(mergeReport(queued, { status: 'waiting', conclusion: null })).toBe(queued);
  });

  it('lets our own word stand against a report of in_progress', () => {
    const assigned = moved(queued, { kind: 'acquired' });
    expect(mergeReport(assigned, inProgress)).toBe(assigned);
    expect(mergeReport(moved(assigned, { kind: 'prepared' }), inProgress).state).toBe('preparing');
  });

  it('accepts that our runner acquired a job which GitHub already reported as running', () => {
    const running = mergeReport(queued, inProgress);
    expect(running.state).toBe('running');
    expect(moved(running, { kind: 'acquired' }, { kind: 'prepared' }).state).toBe('preparing');
  });
});

function mergeAll(reports: readonly JobReport[]): JobStatus {
  const [first, ...rest] = reports;
  if (first === undefined) throw new Error('no report');
  return rest.reduce(mergeReport, statusOfReport(first));
}
