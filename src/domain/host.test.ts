import { describe, expect, it } from 'vitest';
import { aHost } from '../../test/support/host-views.ts';
import { capacityOf, type HostNeed, lacking, loadOf, NOTHING, plus } from './host.ts';

const need: HostNeed = { cpuMillis: 2000, memoryMb: 4096, diskMb: 0 };
const rules = {
  slots: 10,
  cpuOvercommit: 1.5,
  memoryOvercommit: 1,
  reserve: { cpuMillis: 500, memoryMb: 1024, diskMb: 2048 },
};

describe('the capacity of a host', () => {
  it('is what it has, less what is kept back, times what may be promised', () => {
    expect(capacityOf({ cpus: 8, memoryMb: 16_384 }, rules)).toEqual({
      slots: 10,
      cpuMillis: 11_250,
      memoryMb: 15_360,
    });
  });

  it('is nothing where more is kept back than there is, even if all may be promised', () => {
    const endless = { ...rules, cpuOvercommit: Number.POSITIVE_INFINITY };
    expect(capacityOf({ cpus: 0, memoryMb: 512 }, endless)).toMatchObject({
      cpuMillis: 0,
      memoryMb: 0,
    });
  });
});

describe('a host', () => {
  it('says what it lacks', () => {
    const capacity = { slots: 2, cpuMillis: 4000, memoryMb: 8192 };
    const said = (change: Parameters<typeof aHost>[1]) =>
      lacking(aHost('a', { capacity, ...change }), need);
    expect(said({})).toBeNull();
    expect(said({ used: { ...NOTHING, slots: 2 } })).toBe('its 2 slots are taken');
    expect(said({ used: { ...NOTHING, cpuMillis: 3000 } })).toBe(
      '1000 of 4000 cpuMillis are left, 2000 are needed',
    );
    expect(said({ used: { ...NOTHING, memoryMb: 8000 } })).toMatch(/^192 of 8192 memoryMb/);
    expect(said({ freeDiskMb: 1000, reserveDiskMb: 2048 })).toMatch(/^1000 MiB of disk are free/);
  });

  it('takes what fits exactly', () => {
    const used = plus(NOTHING, need);
    expect(lacking(aHost('a', { capacity: plus(used, need), used }), need)).toBeNull();
  });

  it('is as loaded as its scarcest part; what is not counted does not matter', () => {
    const capacity = { slots: 10, cpuMillis: 4000, memoryMb: Number.POSITIVE_INFINITY };
    const used = { slots: 1, cpuMillis: 3000, memoryMb: 90_000 };
    expect(loadOf(aHost('a', { capacity, used }))).toBe(0.75);
  });
});
