import express, { type Request, type RequestHandler, Router } from 'express';
import { AppError, isAppError } from '../domain/errors.ts';
import type { Secret } from '../domain/secret.ts';
import type { Intake, IntakeOutcome, VerifiedDelivery } from '../services/intake.ts';
import type { HubMetrics } from './metrics.ts';
import { isSigned } from './signature.ts';

/** GitHub sends no larger payloads (protocol I.2). */
const MAX_BODY_BYTES = 25 * 1024 * 1024;
const MAX_HEADER_LENGTH = 200;

export interface WebhookDeps {
  readonly intake: Intake;
  readonly secret: Secret;
  readonly metrics: Pick<HubMetrics, 'delivery'>;
}

/**
 * `POST /webhooks/github`. The signature is checked over the raw bytes before anything is parsed,
 * and the answer is given after the commit.
 */
export function webhookRoute(deps: WebhookDeps): Router {
  const router = Router();
  const rawBody = express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false });
  router.post('/webhooks/github', counted(deps, rawBody), counted(deps, receive(deps)));
  return router;
}

const receive =
  ({ intake, secret, metrics }: WebhookDeps): RequestHandler =>
  async (request, response) => {
    const body: Uint8Array = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isSigned(secret, body, request.get('x-hub-signature-256'))) {
      throw new AppError('unauthorized', 'X-Hub-Signature-256 is missing or wrong.');
    }
    const delivery = deliveryOf(request, Buffer.from(body).toString('utf8'));
    const outcome = await intake.accept(delivery);
    metrics.delivery(delivery.event, outcome.kind);
    response.status(outcome.kind === 'pong' ? 200 : 202).json(answerOf(outcome));
  };

/** Counts what was refused, by code. */
const counted =
  ({ metrics }: WebhookDeps, handler: RequestHandler): RequestHandler =>
  async (request, response, next) => {
    const count = (error: unknown) => {
      const code = isAppError(error) ? error.code : 'unreadable';
      metrics.delivery(request.get('x-github-event') ?? '', code);
    };
    try {
      await handler(request, response, (error) => {
        if (error !== undefined) count(error);
        next(error);
      });
    } catch (error) {
      count(error);
      throw error;
    }
  };

function deliveryOf(request: Request, body: string): VerifiedDelivery {
  const payload = payloadOf(request, body);
  return {
    id: header(request, 'X-GitHub-Delivery'),
    event: header(request, 'X-GitHub-Event'),
    payload,
    document: parsed(payload),
  };
}

function payloadOf(request: Request, body: string): string {
  switch (request.get('content-type')?.split(';')[0]?.trim().toLowerCase()) {
    case 'application/json':
      return body;
    case 'application/x-www-form-urlencoded': {
      const payload = new URLSearchParams(body).get('payload');
      if (payload === null) throw new AppError('bad-request', 'The form has no field "payload".');
      return payload;
    }
    default:
      throw new AppError(
        'unsupported-media-type',
        'Send application/json or application/x-www-form-urlencoded.',
      );
  }
}

function header(request: Request, name: string): string {
  const value = request.get(name) ?? '';
  if (value === '' || value.length > MAX_HEADER_LENGTH) {
    throw new AppError('bad-request', `The header ${name} is missing or too long.`);
  }
  return value;
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch (cause) {
    throw new AppError('bad-request', 'The payload is not valid JSON.', { cause });
  }
}

function answerOf(outcome: IntakeOutcome): object {
  switch (outcome.kind) {
    case 'pong':
      return { outcome: 'pong' };
    case 'stored':
      return { outcome: 'stored', job: outcome.job };
    case 'duplicate':
      return { outcome: 'duplicate', note: 'This delivery was taken in before.' };
    case 'noted':
      return { outcome: 'noted', note: 'Kept; RunnerHub acts on workflow_job events only.' };
  }
}
