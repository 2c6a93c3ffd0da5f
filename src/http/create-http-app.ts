import express, { type Express } from 'express';
import type { Router } from '../domain/routing.ts';
import type { Log } from '../ports/log.ts';
import { type HealthDeps, healthRoutes } from './health-routes.ts';
import { type JobsDeps, jobsRoutes } from './jobs-routes.ts';
import { createHubMetrics, type MetricsDeps } from './metrics.ts';
import { answerProblems, giveRequestId, noSuchRoute } from './problems.ts';
import { routingRoutes } from './routing-routes.ts';
import { type WebhookDeps, webhookRoute } from './webhook-route.ts';

export interface HttpAppDeps
  extends JobsDeps,
    HealthDeps,
    MetricsDeps,
    Omit<WebhookDeps, 'metrics' | 'secret'> {
  /** The router of the policy in force. */
  readonly jobRouter: Router;
  /** Secret that GitHub signs with. */
  readonly webhookSecret: WebhookDeps['secret'];
  readonly log: Log;
}

/** The webhook entrance and the REST API. Every error is problem+json (RFC 9457). */
export function createHttpApp(deps: HttpAppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(giveRequestId);
  const metrics = createHubMetrics(deps);
  app.use(webhookRoute({ intake: deps.intake, secret: deps.webhookSecret, metrics }));
  app.use(healthRoutes(deps));
  app.use(jobsRoutes(deps));
  app.use(routingRoutes(deps.jobRouter));
  app.use(noSuchRoute);
  app.use(answerProblems(deps.log));
  return app;
}
