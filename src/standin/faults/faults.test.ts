import { describe, expect, it } from 'vitest';
import { decide, delayMs, isActive } from './decide.ts';
import { createFaults, type FaultsState } from './faults.ts';
import { groupOf, isRoute, routeMatches, routeName } from './route.ts';
import { type Fault, faultsDocument, readFaults } from './schema.ts';

const documentOf = (faults: readonly object[], seed = 'seed') =>
  faultsDocument.parse({ seed, faults });
const faultOf = (fault: object): Fault => documentOf([fault]).faults[0] as Fault;

function scene(faults: readonly object[], seed?: string) {
  const clock = { time: 1_000 };
  const table = new Map<'current', FaultsState>();
  const made = createFaults({ now: () => clock.time, sleep: async () => {} }, table);
  made.replace(documentOf(faults, seed));
  const lost = (event = 'push') =>
    made.at(['webhook-lost'], { webhook: { event, action: null }, subject: 'x', place: event })
      .length > 0;
  const times = (count: number) => Array.from({ length: count }, () => lost());
  return { faults: made, clock, lost, times };
}

const LOST = { kind: 'webhook-lost' };

describe('decisions', () => {
  it('are the same for the same seed and others for another', () => {
    const fault = { ...LOST, rate: 0.5 };
    const first = scene([fault], 'a').times(200);
    expect(scene([fault], 'a').times(200)).toEqual(first);
    expect(scene([fault], 'b').times(200)).not.toEqual(first);
    const share = first.filter(Boolean).length / 200;
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
  });
  it('do not depend on what happens to other faults', () => {
    const fault = { ...LOST, id: 'mine', rate: 0.5, event: 'push' };
    const alone = scene([fault]);
    const busy = scene([{ ...LOST, id: 'other', rate: 0.5, event: 'ping' }, fault]);
    const wanted = alone.times(50);
    const found = wanted.map(() => {
      busy.lost('ping');
      return busy.lost('push');
    });
    expect(found).toEqual(wanted);
  });
  it('spoil all at rate 1, none at rate 0, the first few with a count, later ones with a skip', () => {
    expect(scene([LOST]).times(3)).toEqual([true, true, true]);
    expect(scene([{ ...LOST, rate: 0 }]).times(3)).toEqual([false, false, false]);
    expect(scene([{ ...LOST, count: 2 }]).times(4)).toEqual([true, true, false, false]);
    expect(scene([{ ...LOST, skip: 1, count: 1 }]).times(3)).toEqual([false, true, false]);
  });
  it('keep to a window in time, of instants or since the fault was set', () => {
    const { clock, lost } = scene([{ ...LOST, from: '10s', until: '20s' }]);
    const seen = [0, 9_999, 10_000, 19_999, 20_000].map((passed) => {
      clock.time = 1_000 + passed;
      return lost();
    });
    expect(seen).toEqual([false, false, true, true, false]);
    const fault = faultOf({ ...LOST, until: '2026-01-01T00:00:00Z' });
    const tally = { seen: 0, done: 0, since: 0 };
    expect(isActive(fault, tally, Date.parse('2025-12-31T23:59:59Z'))).toBe(true);
    expect(isActive(fault, tally, Date.parse('2026-01-01T00:00:00Z'))).toBe(false);
  });
  it('keep to repositories and runners', () => {
    const { faults } = scene([{ kind: 'lease-lost', repository: 'octo/*', runner: 'big-*' }]);
    const strikes = (repository?: string, runner?: string) =>
      faults.at(['lease-lost'], { repository, runner, subject: '1' }).length;
    expect(strikes('octo/app', 'big-1')).toBe(1);
    expect(strikes('Octo/App', 'BIG-1')).toBe(1);
    expect(strikes('other/app', 'big-1')).toBe(0);
    expect(strikes('octo/app', 'small')).toBe(0);
    expect(strikes(undefined, 'big-1')).toBe(0);
  });
  it('are pure', () => {
    const fault = faultOf({ ...LOST, rate: 0.3 });
    const of = (seen: number) => decide(fault, { seen, done: 0, since: 0 }, 's');
    const order = Array.from({ length: 100 }, (_, index) => of(index));
    expect(order.map((_, index) => of(99 - index)).reverse()).toEqual(order);
  });
});

describe('delays', () => {
  const sample = (delay: Parameters<typeof delayMs>[0]) =>
    Array.from({ length: 4000 }, (_, index) => delayMs(delay, 'seed', 'id', index)).sort(
      (a, b) => a - b,
    );
  const at = (sorted: readonly number[], share: number) =>
    sorted[Math.floor(share * sorted.length)] ?? 0;
  it('are fixed, even between two, or have their median and 95th percentile', () => {
    expect(delayMs(250, 's', 'i', 3)).toBe(250);
    const even = sample({ min: 100, max: 200 });
    expect(even[0]).toBeGreaterThanOrEqual(100);
    expect(even.at(-1)).toBeLessThanOrEqual(200);
    expect(Math.abs(at(even, 0.5) - 150)).toBeLessThan(5);
    const skewed = sample({ p50: 100, p95: 1000 });
    expect(Math.abs(at(skewed, 0.5) - 100)).toBeLessThan(10);
    expect(Math.abs(at(skewed, 0.95) - 1000)).toBeLessThan(150);
  });
});

describe('one answer is spoiled once', () => {
  it('by the first that strikes; slowness comes on top', () => {
    const { faults } = scene([
      { id: 's', kind: 'slow', route: 'rest', delay: '1s' },
      { id: 'a', kind: 'error', route: 'rest', count: 1 },
      { id: 'b', kind: 'reset', route: 'rest' },
    ]);
    const request = { method: 'GET', path: '/repos/o/r/actions/runs/12' };
    const ids = () =>
      faults.at(['slow', 'error', 'reset'], { request, subject: 'q' }).map(({ fault }) => fault.id);
    expect(ids()).toEqual(['s', 'a']);
    expect(ids()).toEqual(['s', 'b']);
    expect(Object.fromEntries(faults.state().counts.get('slow') ?? [])).toEqual({
      'GET /repos/o/r/actions/runs/{id}': 2,
    });
    expect(faults.log().map(({ fault, subject }) => `${fault} ${subject}`)).toEqual([
      ...['s q', 'a q', 's q', 'b q'],
    ]);
  });
});

describe('routes', () => {
  it.each([
    ['/broker/message', 'broker'],
    ['/run/1/renewjob', 'run'],
    ['/_apis/oauth2/token/x', 'token'],
    ['/twirp/results.services.receiver.Receiver/X', 'results'],
    ['/_blobs/a/b', 'blob'],
    ['/octo/app.git/info/refs', 'git'],
    ['/octo/app/git-receive-pack', 'git'],
    ['/actions/build/p/jobs/j/runnerresolve/actions', 'launch'],
    ['/repos/octo/app/actions/runners', 'rest'],
    ['/api/v3/repos/octo/app', 'rest'],
  ])('%s is of the group %s', (path, group) => {
    expect(groupOf(path)).toBe(group);
  });
  it.each([
    ['POST /repos/*/*/actions/runners/generate-jitconfig', true],
    ['* /repos/**/generate-jitconfig', true],
    ['/repos/octo/**', true],
    ['rest', true],
    ['GET /repos/**', false],
    ['/repos/*/actions/**', false],
    ['broker', false],
  ])('%s', (route, matches) => {
    expect(isRoute(route)).toBe(true);
    for (const prefix of ['', '/api/v3']) {
      const path = `${prefix}/repos/Octo/app/actions/runners/generate-jitconfig`;
      expect(routeMatches(route, 'POST', path)).toBe(matches);
    }
  });
  it('have names without ids', () => {
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    expect(routeName('PUT', `/_blobs/${id}/job.txt`)).toBe('PUT /_blobs/{id}/job.txt');
    expect(routeName('GET', '/api/v3/repos/o/r/actions/jobs/17')).toBe(
      'GET /repos/o/r/actions/jobs/{id}',
    );
  });
});

describe('what a document of faults may say', () => {
  it.each([
    [{ faults: [{ kind: 'nothing' }] }, /faults\.0\.kind/],
    [
      { faults: [{ kind: 'error', route: 'somewhere' }] },
      /faults\.0\.route: must be one of token,/,
    ],
    [{ faults: [{ kind: 'error' }] }, /faults\.0\.route/],
    [{ faults: [{ kind: 'lease-lost', rate: 2 }] }, /faults\.0\.rate/],
    [{ faults: [{ kind: 'lease-lost', rat: 0.5 }] }, /rat/],
    [{ faults: [{ kind: 'lease-lost', from: 'soon' }] }, /faults\.0\.from: must be an instant/],
    [
      { faults: [{ kind: 'slow', route: 'rest', delay: 'long' }] },
      /faults\.0\.delay: must be a dur/,
    ],
    [
      { faults: [{ kind: 'slow', route: 'rest', delay: { min: '2s', max: '1s' } }] },
      /faults\.0\.delay/,
    ],
    [{ faults: [{ kind: 'cancelled', at: 'noon' }] }, /faults\.0\.at/],
    [
      {
        faults: [
          { id: 'a', kind: 'lease-lost' },
          { id: 'a', kind: 'lease-lost' },
        ],
      },
      /faults: two faults have the same id/,
    ],
    [{ seed: {} }, /seed/],
    [[], /the document/],
  ])('%j is refused', (document, problem) => {
    expect(readFaults(document)).toEqual({ problems: expect.stringMatching(problem) });
  });
  it('gives every fault an id', () => {
    const { faults } = documentOf([LOST, { ...LOST, id: 'webhook-lost-3' }, LOST]);
    expect(faults.map(({ id }) => id)).toEqual([
      'webhook-lost-1',
      'webhook-lost-3',
      "webhook-lost-3'",
    ]);
  });
});
