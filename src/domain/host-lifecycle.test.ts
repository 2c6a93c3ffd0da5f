import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type HostHealth,
  type HostObservation,
  newHostHealth,
  nextHostMode,
  observeHost,
} from './host-lifecycle.ts';

const answered: HostObservation = { kind: 'answered' };
const silent: HostObservation = { kind: 'silent', why: 'no route' };
const measured = (freeDiskMb: number | null, freeMemoryMb: number | null = null) => ({
  kind: 'measured' as const,
  left: { freeDiskMb, freeMemoryMb },
  floors: { diskMb: 1000, memoryMb: 100 },
});

const seeing = (...seen: HostObservation[]): HostHealth =>
  seen.reduce((health, each, index) => observeHost(health, each, index + 1), newHostHealth(0));

describe('the health of a host', () => {
  it('is up with the first answer and down with the second silence in a row', () => {
    expect(seeing(answered).state).toBe('up');
    expect(seeing(answered, silent).state).toBe('up');
    expect(seeing(answered, silent, answered, silent).state).toBe('up');
    expect(seeing(answered, silent, silent)).toMatchObject({
      state: 'down',
      why: 'no route',
      since: 3,
    });
    expect(seeing(silent).state).toBe('down');
  });

  it('needs two answers in a row to be up again', () => {
    const down = [answered, silent, silent];
    expect(seeing(...down, answered).state).toBe('down');
    expect(seeing(...down, answered, silent, answered).state).toBe('down');
    expect(seeing(...down, answered, answered)).toMatchObject({ state: 'up', why: null, since: 5 });
  });

  it('is strained below a floor, until there is a fifth more room than that', () => {
    expect(seeing(answered, measured(999)).why).toBe('only 999 MiB of disk are free');
    expect(seeing(answered, measured(5000, 99)).state).toBe('strained');
    expect(seeing(answered, measured(999), measured(1100)).state).toBe('strained');
    expect(seeing(answered, measured(999), measured(1200)).state).toBe('up');
    expect(seeing(answered, measured(1100)).state).toBe('up');
  });

  it('is not strained by what could not be measured', () => {
    expect(seeing(answered, measured(null)).state).toBe('up');
  });

  it('changes at most once per observation, and never leaves down by a measurement', () => {
    const seen = fc.oneof(
      fc.constant(answered),
      fc.constant(silent),
      fc.nat({ max: 2000 }).map((free) => measured(free)),
    );
    fc.assert(
      fc.property(fc.array(seen), (all) => {
        let health = newHostHealth(0);
        for (const [index, each] of all.entries()) {
          const next = observeHost(health, each, index + 1);
          if (health.state === 'down' && each.kind !== 'answered') expect(next.state).toBe('down');
          if (next.state !== health.state) expect(next.since).toBe(index + 1);
          expect(next.why === null).toBe(next.state === 'up');
          health = next;
        }
      }),
    );
  });
});

it('a removed host takes no more orders; any other can be removed', () => {
  expect(nextHostMode('removed', 'reopen')).toBeNull();
  expect(nextHostMode('open', 'reopen')).toBeNull();
  for (const mode of ['open', 'cordoned', 'draining'] as const) {
    expect(nextHostMode(mode, 'remove')).toBe('removed');
  }
  expect(nextHostMode('cordoned', 'reopen')).toBe('open');
});
