import { Router } from 'express';
import type { Registry } from 'prom-client';
import { messageOf } from '../domain/errors.ts';

/** Something that must work for the hub to take in and run jobs. */
export interface ReadinessCheck {
  readonly name: string;
  /** Throws when it does not work. */
  check(): Promise<void>;
}

const CHECK_TIMEOUT_MS = 3_000;

export interface HealthDeps {
  readonly checks: readonly ReadinessCheck[];
  readonly registry: Registry;
}

/** `/healthz`: the process runs. `/readyz`: what it needs answers. `/metrics`: for Prometheus. */
export function healthRoutes({ checks, registry }: HealthDeps): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    const results = await Promise.all(checks.map(resultOf));
    const isReady = results.every(({ ok }) => ok);
    response.status(isReady ? 200 : 503);
    response.json({ status: isReady ? 'ready' : 'not-ready', checks: results });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}

async function resultOf({ name, check }: ReadinessCheck) {
  try {
    await Promise.race([check(), tooLate()]);
    return { name, ok: true };
  } catch (error) {
    return { name, ok: false, detail: messageOf(error) };
  }
}

const tooLate = (): Promise<never> =>
  new Promise((_, reject) => {
    const late = () => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`));
    setTimeout(late, CHECK_TIMEOUT_MS).unref();
  });
