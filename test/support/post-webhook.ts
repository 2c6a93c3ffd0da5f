import { randomUUID } from 'node:crypto';
import { Secret } from '../../src/domain/secret.ts';
import { signatureOf } from '../../src/http/signature.ts';

export const webhookSecret = new Secret('it is a secret');

/** A `workflow_job` payload as GitHub sends it, as far as RunnerHub reads it. */
export const workflowJob = (id: number, status = 'queued', change: object = {}) => ({
  action: status,
  workflow_job: {
    id,
    run_id: 5,
    run_attempt: 1,
    name: 'build',
    workflow_name: 'CI',
    head_sha: 'b'.repeat(40),
    head_branch: 'main',
    status,
    conclusion: status === 'completed' ? 'success' : null,
    labels: ['self-hosted', 'linux'],
    created_at: '2026-01-01T00:00:00Z',
    completed_at: status === 'completed' ? '2026-01-01T00:01:00Z' : null,
    ...change,
  },
  repository: { id: 1, name: 'app', full_name: 'octo/app', owner: { login: 'octo' } },
});

interface Post {
  readonly event?: string;
  readonly id?: string;
  readonly signature?: string | null;
  readonly contentType?: string;
}

/** Posts a body to the webhook entrance, signed unless told otherwise. */
export function postWebhook(base: string, body: string | object, post: Post = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const signature = post.signature ?? signatureOf(webhookSecret, Buffer.from(text));
  return fetch(`${base}/webhooks/github`, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': post.contentType ?? 'application/json',
      'x-github-event': post.event ?? 'workflow_job',
      'x-github-delivery': post.id ?? randomUUID(),
      ...(post.signature === null ? {} : { 'x-hub-signature-256': signature }),
    },
  });
}
