import type { Terminal } from '../../cli/live-display.ts';
import type { RouteOptions } from '../../cli/program.ts';
import { routeText } from '../../cli/route-text.ts';
import type { Config } from '../../contract/config.ts';
import { routingQuery } from '../../contract/routing-view.ts';
import { explainRoute } from '../../domain/routing-explain.ts';
import { poolsOf } from '../config.ts';
import { schedulePolicyOf } from '../schedule-policy.ts';

export interface RouteContext {
  readonly config: Config;
  readonly out: Terminal;
  readonly err: Terminal;
}

/** Where a job would go, by the configuration alone: 0 when a pool takes it, 1 when none does. */
export function showRoute(
  { json, ...wanted }: Omit<RouteOptions, 'config'>,
  { config, out, err }: RouteContext,
): number {
  const parsed = routingQuery.safeParse(wanted);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      err.write(`--${path.join('.')}: ${message}\n`);
    }
    return 2;
  }
  const { branch = null, event = null, ...job } = parsed.data;
  const { router } = schedulePolicyOf(config, poolsOf(config), process.arch);
  const found = explainRoute({ ...job, branch, event }, router);
  out.write(json === true ? `${JSON.stringify(found, null, 2)}\n` : routeText(found));
  return found.chosen === null ? 1 : 0;
}
