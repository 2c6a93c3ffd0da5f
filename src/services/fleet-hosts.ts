import { AppError, messageOf } from '../domain/errors.ts';
import type { HostOrder } from '../domain/host-lifecycle.ts';
import type { HostName } from '../domain/ids.ts';
import { type HostRefusal, type PlacementWish, place } from '../domain/placement.ts';
import { type BackgroundTasks, createBackgroundTasks } from './background-tasks.ts';
import {
  FleetHost,
  type HostRoom,
  type HostSetup,
  type HostsDeps,
  type HostsListener,
} from './fleet-host.ts';
import { monitorHost } from './host-monitor.ts';

/** Docker hosts of this hub: which there are, how they do, and who gets room on them. */
export interface Hosts {
  /** Looks at every host once, then goes on looking until `stop`. Never throws. */
  start(): Promise<void>;
  stop(): Promise<void>;
  listen(listener: HostsListener): void;
  /** Takes room for one container, or says of every host why there is none. */
  take(
    wish: PlacementWish,
    options: { readonly evenResting: boolean },
  ): HostRoom | { readonly refusals: readonly HostRefusal[] };
  /** Takes room on this host and no other; null where it has none. */
  takeAt(host: HostName, wish: PlacementWish): HostRoom | null;
  /** As `take`, but takes nothing. */
  refusals(wish: PlacementWish, options: { readonly evenResting: boolean }): readonly HostRefusal[];
  giveBack(room: HostRoom): void;
  all(): readonly FleetHost[];
  /** Throws `not-found`, and `conflict` where the order does not fit the host's mode. */
  order(host: HostName, order: HostOrder): void;
}

export function createHosts(deps: HostsDeps, setups: readonly HostSetup[]): Hosts {
  const hosts = setups.map((setup) => new FleetHost(setup, deps.clock.now()));
  const listeners: HostsListener[] = [];
  const stopped = new AbortController();
  const tasks: BackgroundTasks = createBackgroundTasks((error) => {
    deps.log.error('host monitor failed', { detail: messageOf(error) });
  });
  /** Those that were removed and are empty are as if they were not there. */
  const present = (): readonly FleetHost[] =>
    hosts.filter(({ mode, containers }) => mode !== 'removed' || containers > 0);
  const views = () => present().map((host) => host.view());
  const changed = (): void => {
    for (const listener of listeners) listener.changed();
  };
  const events: HostsListener = {
    changed,
    lost: (host, why) => {
      for (const listener of listeners) listener.lost(host, why);
      changed();
    },
  };

  return {
    async start() {
      const firstLooks = hosts.map((host) => {
        const monitor = monitorHost({ ...deps, host, events, stop: stopped.signal });
        tasks.run(() => monitor.ended);
        return monitor.firstLook;
      });
      await Promise.all(firstLooks);
    },
    async stop() {
      stopped.abort();
      await tasks.settled();
    },
    listen: (listener) => void listeners.push(listener),
    take(wish, options) {
      const placed = place(wish, views(), options);
      if ('refusals' in placed) return placed;
      const host = find(hosts, placed.host);
      return host.take(wish.pool, wish.need);
    },
    takeAt(name, wish) {
      const host = find(hosts, name);
      const placed = place(wish, [host.view()], { evenResting: true });
      return 'host' in placed ? host.take(wish.pool, wish.need) : null;
    },
    refusals(wish, options) {
      const placed = place(wish, views(), options);
      return 'refusals' in placed ? placed.refusals : [];
    },
    giveBack(room) {
      room.giveBack();
      changed();
    },
    all: present,
    order(name, order) {
      const host = find(hosts, name);
      if (!host.order(order)) {
        throw new AppError(
          'conflict',
          `host ${name} is ${host.mode}: it cannot be told to ${order}`,
        );
      }
      deps.log.info('host ordered', { host: name, order, mode: host.mode });
      changed();
    },
  };
}

function find(hosts: readonly FleetHost[], name: HostName): FleetHost {
  const host = hosts.find((each) => each.name === name);
  if (host === undefined) throw new AppError('not-found', `there is no host ${name}`);
  return host;
}
