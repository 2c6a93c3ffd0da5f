import { expect, it } from 'vitest';
import { hostName } from '../domain/ids.ts';
import { PoolRests } from './pool-rests.ts';

it('a pool rests on a host that fails, longer each time, and on no other', () => {
  const rests = new PoolRests();
  const a = hostName('a');
  expect(rests.leftMs(0)).toBe(0);
  expect(rests.failed(a, 'no image', 0)).toBe(1);
  expect([...rests.at(999)]).toEqual([[a, 'no image']]);
  expect(rests.leftMs(400)).toBe(600);
  expect(rests.at(1000).size).toBe(0);
  expect(rests.failed(a, 'no image', 1000)).toBe(2);
  expect(rests.failed(hostName('b'), 'no disk', 2500)).toBe(1);
  expect(rests.leftMs(2500)).toBe(500);
  expect(rests.worked(a)).toBe(2);
  expect(rests.worked(a)).toBe(0);
  expect([...rests.at(2600).keys()]).toEqual(['b']);
});
