import { Router } from 'express';
import { type RoutingView, routingQuery } from '../contract/routing-view.ts';
import { AppError } from '../domain/errors.ts';
import type { Router as JobRouter } from '../domain/routing.ts';
import { explainRoute } from '../domain/routing-explain.ts';

/** Says where a job would go, and why not elsewhere, without there being one. */
export function routingRoutes(jobRouter: JobRouter): Router {
  const router = Router();
  router.get('/api/v1/routing/preview', (request, response) => {
    const parsed = routingQuery.safeParse(request.query);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        ({ path, message }) => `${path.join('.') || 'query'}: ${message}`,
      );
      throw new AppError('bad-request', problems.join('; '));
    }
    const { branch = null, event = null, ...job } = parsed.data;
    const { considered, suggestions, ...found } = explainRoute(
      { ...job, branch, event },
      jobRouter,
    );
    response.json({
      ...found,
      considered: [...considered],
      suggestions: [...suggestions],
    } satisfies RoutingView);
  });
  return router;
}
