import { describe, expect, it } from 'vitest';
import {
  type Cidr,
  firstAddress,
  formatCidr,
  freeBlock,
  overlaps,
  parseCidr,
} from './engine-subnets.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (parsed === null) throw new Error(`no CIDR: ${text}`);
  return parsed;
};

describe('subnets of job networks', () => {
  it('reads and writes blocks, cutting host bits', () => {
    expect(formatCidr(cidr('10.1.2.19/28'))).toBe('10.1.2.16/28');
    expect(formatCidr(cidr('255.255.255.255/32'))).toBe('255.255.255.255/32');
    expect(parseCidr('10.1.2.3')).toBeNull();
    expect(parseCidr('10.1.2.300/8')).toBeNull();
  });

  it('knows the first address of a block', () => {
    expect(firstAddress('172.17.0.0/16')).toBe('172.17.0.1');
    expect(firstAddress('fd00::/64')).toBeNull();
  });

  it('knows when two blocks overlap', () => {
    expect(overlaps(cidr('10.0.0.0/8'), cidr('10.9.0.0/28'))).toBe(true);
    expect(overlaps(cidr('10.0.0.0/28'), cidr('10.0.0.16/28'))).toBe(false);
  });

  it('finds a free block, around the end of the range if need be', () => {
    const range = cidr('10.0.0.0/26');
    const used = [cidr('10.0.0.32/28'), cidr('10.0.0.48/30')];
    expect(freeBlock(range, 28, used, 2)).toEqual(cidr('10.0.0.0/28'));
  });

  it('says so when the range is used up', () => {
    expect(freeBlock(cidr('10.0.0.0/26'), 28, [cidr('10.0.0.0/16')], 0)).toBeNull();
  });
});
