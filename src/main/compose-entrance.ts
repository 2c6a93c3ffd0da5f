import { randomBytes } from 'node:crypto';
import { createRegistry } from '../adapters/telemetry/registry.ts';
import { AppError } from '../domain/errors.ts';
import { Secret } from '../domain/secret.ts';
import { createHttpApp } from '../http/create-http-app.ts';
import { type HttpServer, startHttpServer } from '../http/start-http-server.ts';
import { attachLiveServer } from '../live/live-server.ts';
import type { FleetHost } from '../services/fleet-host.ts';
import { createIntake } from '../services/intake.ts';
import type { Dispatching } from './compose-dispatch.ts';
import type { Foundation } from './foundation.ts';
import type { Part } from './lifecycle.ts';

/** The HTTP entrance: webhooks, API, live events, health and metrics. */
export function composeEntrance(
  foundation: Foundation,
  { estimates, jobRouter }: Pick<Dispatching, 'estimates' | 'jobRouter'>,
): { part: Part; url(): string } {
  const { config, storage, logs, events, clock, log, hosts } = foundation;
  const { database, queue } = storage;
  const app = createHttpApp({
    ...{ ...database, queue, logs, log, jobRouter },
    estimate: (job) => estimates.of(job),
    intake: createIntake({ ledger: database.ledger, live: events, clock }),
    // Without a configured secret nothing can be signed with it, so every webhook is refused.
    webhookSecret: new Secret(config.github.webhookSecret ?? randomBytes(32).toString('hex')),
    registry: createRegistry(),
    checks: [
      { name: 'database', check: () => database.ping() },
      { name: 'queue', check: () => queue.ping() },
      { name: 'docker', check: async () => demandHost(hosts.all()) },
    ],
  });
  let server: HttpServer | undefined;
  let live: AsyncDisposable | undefined;
  return {
    url: () => server?.url ?? '',
    part: {
      name: 'http',
      start: async () => {
        server = await startHttpServer(app, config.http);
        live = attachLiveServer(server.server, events);
      },
      stop: async () => {
        await live?.[Symbol.asyncDispose]();
        await server?.stop();
      },
      stopWithinMs: 15_000,
    },
  };
}

/** The hub can work while one of its hosts does. */
function demandHost(hosts: readonly FleetHost[]): void {
  const ill = hosts.filter(({ health }) => health.state === 'down' || health.state === 'unknown');
  if (ill.length < hosts.length || hosts.length === 0) return;
  throw new AppError(
    'docker-down',
    ill.map(({ name, health }) => `${name}: ${health.why}`).join('; '),
  );
}
