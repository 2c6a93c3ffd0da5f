import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry of its own for one hub, with the process's own figures. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
