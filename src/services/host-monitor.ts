import { messageOf } from '../domain/errors.ts';
import type { FleetHost, HostsDeps, HostsListener } from './fleet-host.ts';

/**
 * A ping waits 3 s at most, and the second silence counts: a host that refuses connections is down
 * after about one second, one that swallows them after seven.
 */
const PING_EVERY_MS = 1_000;
const MEASURE_EVERY_MS = 15_000;

export interface MonitorDeps extends HostsDeps {
  readonly host: FleetHost;
  readonly events: HostsListener;
  readonly stop: AbortSignal;
}

export interface HostMonitor {
  /** Resolved when the host has answered or kept silent once. */
  readonly firstLook: Promise<void>;
  /** Resolved after `stop`. */
  readonly ended: Promise<void>;
}

/** Pings one host, and measures what is left there, until told to stop. Never rejects. */
export function monitorHost(deps: MonitorDeps): HostMonitor {
  const { clock, host, stop } = deps;
  const firstLook = look(deps).then(() => measure(deps));
  const follow = async (): Promise<void> => {
    await firstLook;
    let measuredAt = clock.now();
    while (!stop.aborted) {
      await clock.sleep(PING_EVERY_MS, stop);
      if (stop.aborted) return;
      await look(deps);
      if (host.health.state === 'down' || clock.now() - measuredAt < MEASURE_EVERY_MS) continue;
      await measure(deps);
      measuredAt = clock.now();
    }
  };
  return { firstLook, ended: follow() };
}

/** What a host is may have changed while it was away, so it is asked again before it counts as up. */
async function look(deps: MonitorDeps): Promise<void> {
  const { clock, host } = deps;
  try {
    await host.engine.ping();
    const { state } = host.health;
    if (state === 'down' || state === 'unknown') host.introduce(await host.engine.info());
    if (host.observe({ kind: 'answered' }, clock.now())) tell(deps);
  } catch (error) {
    if (host.observe({ kind: 'silent', why: messageOf(error) }, clock.now())) tell(deps);
  }
}

async function measure(deps: MonitorDeps): Promise<void> {
  const { clock, host, installation, log } = deps;
  if (host.health.state === 'down') return;
  try {
    if (host.measure(await host.engine.usage(installation), clock.now())) tell(deps);
  } catch (error) {
    // Whether it is down is the business of the ping.
    log.debug('host not measured', { host: host.name, detail: messageOf(error) });
  }
}

function tell({ host, events, log }: MonitorDeps): void {
  const { state, why } = host.health;
  log[state === 'up' ? 'info' : 'warn']('host changed', { host: host.name, to: state, why });
  if (state !== 'down') {
    events.changed();
    return;
  }
  const detail = `Docker host ${host.name} does not answer: ${why}`;
  host.engine.sever(detail);
  events.lost(host.name, detail);
}
