import { expect, it } from 'vitest';
import { AppError } from '../domain/errors.ts';
import { poolName } from '../domain/ids.ts';
import type { HostsListener } from './fleet-host.ts';
import { createRoomGate } from './room-gate.ts';

it('refuses while there is no room, and tells each refused pool once when there is', () => {
  const full = new Set([poolName('a')]);
  const came: string[] = [];
  const listeners: HostsListener[] = [];
  const gate = createRoomGate({
    fleet: {
      demandRoom: (pool) => {
        if (full.has(pool)) throw new AppError('host-full', 'host x: its 1 slots are taken');
      },
    },
    hosts: { listen: (listener) => void listeners.push(listener) },
    roomCame: (pool) => void came.push(pool),
  });
  const changed = (): void => {
    for (const listener of listeners) listener.changed();
  };
  gate.pass(poolName('b'));
  expect(() => gate.pass(poolName('a'))).toThrow(/slots are taken/);
  changed();
  expect(came).toEqual([]);
  full.clear();
  changed();
  changed();
  expect(came).toEqual(['a']);
});
