import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aHost } from '../../test/support/host-views.ts';
import { type HostView, lacking, NOTHING } from './host.ts';
import { hostName } from './ids.ts';
import {
  describeRefusals,
  PLACEMENTS,
  type PlacementStrategy,
  type PlacementWish,
  place,
} from './placement.ts';

const aWish = (change: Partial<PlacementWish> = {}): PlacementWish => ({
  pool: 'small',
  need: { cpuMillis: 1000, memoryMb: 1024, diskMb: 0 },
  strategy: 'least-loaded',
  hostLabels: {},
  runtime: null,
  wants: ['image'],
  resting: new Map(),
  ...change,
});
const capacity = { slots: 4, cpuMillis: 8000, memoryMb: 8192 };
const taking = (slots: number) => ({ slots, cpuMillis: slots * 1000, memoryMb: slots * 1024 });
const chosen = (strategy: PlacementStrategy, ...hosts: HostView[]): string => {
  const placed = place(aWish({ strategy }), hosts, { evenResting: true });
  return 'host' in placed ? placed.host : 'none';
};

describe('the placement of a container', () => {
  const empty = aHost('empty', { capacity });
  const half = aHost('half', { capacity, used: taking(2), holds: new Set(['image']) });
  const full = aHost('full', { capacity, used: taking(4) });

  it('follows the strategy among the hosts that have room', () => {
    const crowd = aHost('crowd', { capacity, pools: new Map([['small', 3]]) });
    expect(chosen('least-loaded', half, empty, full)).toBe('empty');
    expect(chosen('pack', empty, half, full)).toBe('half');
    expect(chosen('affinity', empty, half, full)).toBe('half');
    expect(chosen('spread', crowd, half)).toBe('half');
  });

  it('takes the first of equal hosts', () => {
    expect(chosen('least-loaded', aHost('a'), aHost('b'))).toBe('a');
  });

  it('says of every host why not', () => {
    const hosts = [
      aHost('a', { state: 'down', why: 'no route' }),
      aHost('b', { mode: 'cordoned' }),
      full,
      aHost('c', { state: 'strained', why: 'only 3 MiB of disk are free' }),
      aHost('d', { labels: { zone: 'x' }, runtimes: ['runc', 'runsc'] }),
      aHost('e', { labels: { zone: 'y' } }),
    ];
    const wish = aWish({ hostLabels: { zone: 'y' }, runtime: 'runsc' });
    const placed = place(wish, hosts, { evenResting: true });
    expect(placed).toMatchObject({
      refusals: [
        { host: 'a', kind: 'down' },
        { host: 'b', kind: 'closed' },
        { host: 'full', kind: 'unfit' },
        { host: 'c', kind: 'unfit' },
        { host: 'd', kind: 'unfit' },
        { host: 'e', kind: 'unfit', why: expect.stringContaining('runsc (it has: runc)') },
      ],
    });
    expect(describeRefusals('refusals' in placed ? placed.refusals : [])).toMatch(
      /^host a: no route; host b: it is cordoned; /,
    );
    expect(describeRefusals([])).toBe('there is no host');
  });

  it('goes to a host that has just failed only where it must and may', () => {
    const wish = aWish({ resting: new Map([[hostName('a'), 'it failed']]) });
    expect(place(wish, [aHost('a'), full], { evenResting: true })).toEqual({ host: 'a' });
    expect(place(wish, [aHost('a'), half], { evenResting: true })).toEqual({ host: 'half' });
    expect(place(wish, [aHost('a')], { evenResting: false })).toMatchObject({
      refusals: [{ kind: 'resting' }],
    });
  });

  const hosts = fc.array(
    fc.record({
      state: fc.constantFrom('unknown', 'up', 'strained', 'down'),
      mode: fc.constantFrom('open', 'cordoned', 'draining', 'removed'),
      slots: fc.nat({ max: 5 }),
      used: fc.nat({ max: 5 }),
      disk: fc.option(fc.nat({ max: 3000 })),
      image: fc.boolean(),
    }),
    { maxLength: 6 },
  );
  const views = hosts.map((all) =>
    all.map(({ state, mode, slots, used, disk, image }, index) =>
      aHost(`h${index}`, {
        ...{ state, mode, freeDiskMb: disk, reserveDiskMb: 1000 },
        capacity: { ...capacity, slots },
        used: used === 0 ? NOTHING : taking(used),
        holds: new Set(image ? ['image'] : []),
      }),
    ),
  );

  it('never takes a host that is closed, ill or full, and otherwise names each of them', () => {
    fc.assert(
      fc.property(views, fc.constantFrom(...PLACEMENTS), (all, strategy) => {
        const wish = aWish({ strategy });
        const placed = place(wish, all, { evenResting: true });
        const usable = all.filter(
          (host) =>
            host.state === 'up' && host.mode === 'open' && lacking(host, wish.need) === null,
        );
        if ('host' in placed) {
          expect(usable.map(({ name }) => name)).toContain(placed.host);
        } else {
          expect(usable).toEqual([]);
          expect(placed.refusals.map(({ host }) => host)).toEqual(all.map(({ name }) => name));
        }
      }),
    );
  });

  it('fills hosts to the brim and not beyond, whatever the strategy', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...PLACEMENTS),
        (slots, strategy) => {
          const used = new Map(slots.map((_, index) => [`h${index}`, 0]));
          const now = () =>
            slots.map((limit, index) =>
              aHost(`h${index}`, {
                capacity: { ...capacity, slots: limit },
                used: taking(used.get(`h${index}`) ?? 0),
              }),
            );
          const total = slots.reduce((sum, limit) => sum + limit, 0);
          for (let made = 0; made < total; made += 1) {
            const placed = place(aWish({ strategy }), now(), { evenResting: true });
            if (!('host' in placed)) throw new Error(`only ${made} of ${total} were placed`);
            used.set(placed.host, (used.get(placed.host) ?? 0) + 1);
          }
          expect(place(aWish({ strategy }), now(), { evenResting: true })).toHaveProperty(
            'refusals',
          );
          expect([...used.values()]).toEqual(slots);
        },
      ),
    );
  });
});
