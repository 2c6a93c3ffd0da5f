import { type Request, Router } from 'express';
import { z } from 'zod';
import { notFound } from '../http/refusal.ts';
import { bodyOf, param } from '../http/request.ts';
import type { Job } from '../state/model.ts';
import { wake } from '../state/open-polls.ts';
import type { Store } from '../state/store.ts';

const settingsBody = z
  .strictObject({
    runnerAdminFlow: z.boolean(),
    cacheLimitBytes: z.number().int().min(0),
    minimumRunnerVersion: z.string().regex(/^\d+(\.\d+)*$/),
  })
  .partial();
const messageBody = z.strictObject({
  messageType: z.enum(['ForceTokenRefresh', 'RunnerRefresh', 'RunnerRefreshConfig']),
  body: z.record(z.string(), z.unknown()).default({}),
});

/** What the services of runners do and know: how they answer, what they send, what they were told. */
export function runnerServiceRoutes(store: Store): Router {
  const router = Router();
  router.patch('/settings', (request, response) => {
    response.json(Object.assign(store.settings, bodyOf(request, settingsBody)));
  });
  router.post('/runners/:id/messages', (request, response) => {
    const runner = store.runners.get(Number(param(request, 'id')));
    if (runner === undefined) throw notFound();
    runner.mail = [...runner.mail, bodyOf(request, messageBody)];
    wake(runner);
    response.status(204).end();
  });
  router.get('/jobs/:id/report', (request, response) => {
    response.json(jobOf(store, request).report);
  });
  router.get('/jobs/:id/console', (request, response) => {
    response.json(jobOf(store, request).console);
  });
  return router;
}

function jobOf(store: Store, request: Request): Job {
  const job = store.jobs.get(Number(param(request, 'id')));
  if (job === undefined) throw notFound();
  return job;
}
