import { Router } from 'express';
import type { Address } from '../dependencies.ts';
import { notFound } from '../http/refusal.ts';
import { nodeId } from '../present/identity.ts';
import { jobJson } from '../present/runs.ts';
import { type Blobs, jobLogName } from '../results/blobs.ts';
import type { Store } from '../state/store.ts';
import { jobOf } from './lookup.ts';

interface Deps {
  readonly store: Store;
  readonly address: Address;
  readonly blobs: Blobs;
}

/** Jobs of workflow runs, their logs, and the annotations of their check runs. */
export function jobRoutes({ store, address, blobs }: Deps): Router {
  const router = Router();
  router.get('/repos/:owner/:repo/actions/jobs/:id', (request, response) => {
    response.json(jobJson(jobOf(store, request), address.url()));
  });
  router.get('/repos/:owner/:repo/actions/jobs/:id/logs', async (request, response) => {
    const name = jobLogName(jobOf(store, request));
    if ((await blobs.sizeOf(name)) === null) throw notFound();
    response.redirect(302, `${address.of(request)}${blobs.signedPath(name, 'r')}`);
  });
  router.get('/repos/:owner/:repo/check-runs/:id', (request, response) => {
    const job = jobOf(store, request);
    const { id, head_sha, name, status, conclusion, started_at, completed_at, html_url } = jobJson(
      job,
      address.url(),
    );
    response.json({
      id,
      node_id: nodeId('CR', id),
      head_sha,
      name,
      status,
      conclusion,
      started_at,
      completed_at,
      html_url,
      output: { title: null, summary: null, text: null, annotations_count: job.annotations.length },
    });
  });
  router.get('/repos/:owner/:repo/check-runs/:id/annotations', (request, response) => {
    const annotations = jobOf(store, request).annotations.map((annotation) => ({
      path: annotation.path ?? '.github',
      start_line: annotation.startLine ?? 1,
      end_line: annotation.endLine ?? annotation.startLine ?? 1,
      annotation_level: annotation.level,
      title: annotation.title ?? '',
      message: annotation.message,
      raw_details: '',
    }));
    response.json(annotations);
  });
  return router;
}
