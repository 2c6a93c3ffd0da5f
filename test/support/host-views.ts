import { type HostView, NOTHING } from '../../src/domain/host.ts';
import { hostName } from '../../src/domain/ids.ts';

const ENDLESS = Number.POSITIVE_INFINITY;

/** An empty host that has room for anything. */
export const aHost = (name: string, change: Partial<HostView> = {}): HostView => ({
  name: hostName(name),
  labels: {},
  state: 'up',
  why: null,
  mode: 'open',
  capacity: { slots: ENDLESS, cpuMillis: ENDLESS, memoryMb: ENDLESS },
  used: NOTHING,
  pools: new Map(),
  freeDiskMb: null,
  reserveDiskMb: 0,
  holds: new Set(),
  runtimes: ['runc'],
  ...change,
});
