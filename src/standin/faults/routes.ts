import { Router } from 'express';
import { wireTime } from '../dependencies.ts';
import { notFound } from '../http/refusal.ts';
import { bodyOf, param } from '../http/request.ts';
import type { Faults, FaultsState } from './faults.ts';
import { faultsDocument, faultsPatch } from './schema.ts';

/** Faults in the management API: set, look at, count. */
export function faultRoutes(faults: Faults): Router {
  const router = Router();
  const show = () => stateJson(faults.state());
  router.get('/faults', (_request, response) => void response.json(show()));
  router.put('/faults', (request, response) => {
    faults.replace(bodyOf(request, faultsDocument));
    response.json(show());
  });
  router.patch('/faults', (request, response) => {
    const { faults: added, seed } = bodyOf(request, faultsPatch);
    faults.add(added ?? [], seed);
    response.json(show());
  });
  router.delete('/faults', (_request, response) => {
    faults.clear();
    response.status(204).end();
  });
  router.get('/faults/counts', (_request, response) => {
    response.json(countsJson(faults.state()));
  });
  router.get('/faults/log', (_request, response) => {
    response.json(faults.log().map((each) => ({ ...each, at: wireTime(each.at) })));
  });
  router.delete('/faults/:id', (request, response) => {
    if (!faults.remove(param(request, 'id'))) throw notFound();
    response.status(204).end();
  });
  return router;
}

const stateJson = ({ seed, faults, tallies }: FaultsState) => ({
  seed,
  faults: faults.map((fault) => {
    const { seen = 0, done = 0 } = tallies.get(fault.id) ?? {};
    return { ...fault, seen, done };
  }),
});

/** Of each kind how many there were, in all and by place. */
export const countsJson = ({ counts }: FaultsState) =>
  Object.fromEntries(
    [...counts].map(([kind, places]) => [
      kind,
      {
        total: [...places.values()].reduce((sum, count) => sum + count, 0),
        places: Object.fromEntries(places),
      },
    ]),
  );
