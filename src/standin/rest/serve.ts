import { randomBytes } from 'node:crypto';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { isUnchanged, validatorsOf } from '../http/conditional.ts';
import { unknownRoute } from '../http/error-handler.ts';
import { negotiate, versionOf } from '../http/media-type.ts';
import { githubError, notFound } from '../http/refusal.ts';
import { credentialOf, param } from '../http/request.ts';
import type { Caller } from './callers/caller.ts';
import { refusalFor } from './callers/permit.ts';
import { expressPath, inRoutingOrder } from './express-path.ts';
import type { Answer, Operation } from './operation.ts';
import { ALIASES, OPERATIONS } from './operations.ts';
import type { RestWorld } from './world.ts';

/** GitHub's REST API: every request is identified, counted, permitted and answered in this order. */
export function restRoutes(world: RestWorld): Router {
  const router = Router();
  router.use(heading);
  router.use(identify(world));
  router.use(express.json({ limit: '25mb', type: () => true, strict: false }));
  for (const operation of inRoutingOrder([...OPERATIONS, ...ALIASES])) {
    const handler = serve(world, operation);
    router[verbOf(operation)](expressPath(operation.path), handler);
  }
  return router.use(unknownRoute);
}

const VERBS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;
const verbOf = ({ method }: Operation) => VERBS[method];

const CACHING = {
  'Cache-Control': 'private, max-age=60, s-maxage=60',
  Vary: 'Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding',
};

/** Headers that every answer has. */
const heading: RequestHandler = (request, response, next) => {
  response.set({
    Server: 'github.com',
    'X-GitHub-Request-Id': randomBytes(12).toString('hex').toUpperCase(),
    'X-Content-Type-Options': 'nosniff',
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers':
      'ETag, Link, Location, Retry-After, X-GitHub-Request-Id, X-GitHub-Media-Type, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, X-RateLimit-Resource, X-RateLimit-Reset, X-Accepted-GitHub-Permissions, X-Poll-Interval',
  });
  if (request.get('user-agent') === undefined) {
    throw githubError(
      403,
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.',
    );
  }
  response.setHeader('X-GitHub-Api-Version-Selected', versionOf(request));
  response.setHeader('X-GitHub-Media-Type', negotiate(request));
  next();
};

/** Finds out who asks, and counts the request against the hour. */
const identify =
  (world: RestWorld): RequestHandler =>
  async (request, response, next) => {
    const credential = credentialOf(request);
    const isUnreadable = credential === null && request.get('authorization') !== undefined;
    const caller = isUnreadable ? null : await world.callerOf(credential);
    if (caller === null) throw githubError(401, 'Bad credentials');
    response.locals['caller'] = caller;
    const { rateLimits } = world;
    const ip = ipOf(request);
    response.once('close', rateLimits.secondary.enter(rateLimits.nameOf(caller, ip)));
    try {
      if (!/\/rate_limit$/.test(request.path)) rateLimits.count(caller, ip);
    } finally {
      showLimit(world, response, caller, ip);
    }
    next();
  };

const ipOf = (request: Request): string => request.ip ?? '';

function showLimit(
  { rateLimits }: RestWorld,
  response: Response,
  caller: Caller,
  ip: string,
): void {
  for (const [name, value] of Object.entries(rateLimits.stateOf(caller, ip))) {
    response.setHeader(`X-RateLimit-${name[0]?.toUpperCase()}${name.slice(1)}`, String(value));
  }
  response.setHeader('X-RateLimit-Resource', 'core');
}

/** The way of one request through one operation. */
const serve =
  (world: RestWorld, operation: Operation): RequestHandler =>
  async (request, response) => {
    const caller = response.locals['caller'] as Caller;
    const reads = operation.method === 'GET';
    if (operation.access.includes('=')) {
      response.setHeader('X-Accepted-GitHub-Permissions', operation.access);
    }
    if (caller.kind === 'owner') response.setHeader('X-OAuth-Scopes', SCOPES);
    const { rateLimits, store } = world;
    rateLimits.secondary.charge(rateLimits.nameOf(caller, ipOf(request)), {
      reads,
      createsContent: operation.createsContent === true,
    });
    const owner = param(request, 'owner');
    const repository = store.repository(owner, param(request, 'repo')) ?? null;
    const refusal = refusalFor(caller, {
      access: operation.access,
      reads,
      repository,
      account: owner || param(request, 'org') || null,
    });
    if (refusal !== null) throw refusal;
    if (owner !== '' && repository === null) throw notFound();
    const url = world.address.of(request);
    const answer = await operation.answer({ world, request, caller, url });
    send(world, request, response, caller, answer);
  };

/** Scopes of the stand-in's token, which may do everything. */
const SCOPES = 'admin:enterprise, admin:org, admin:org_hook, admin:repo_hook, repo, user, workflow';

function send(
  world: RestWorld,
  request: Request,
  response: Response,
  caller: Caller,
  { status, body, headers = {} }: Answer,
): void {
  response.status(status).set(headers);
  if (body === undefined) return void response.end();
  const raw = Buffer.isBuffer(body);
  const bytes = raw ? body : Buffer.from(JSON.stringify(body));
  if (!raw) response.type('json');
  if (request.method !== 'GET' || status !== 200) return void response.end(bytes);
  const validators = validatorsOf(bytes, body);
  response.set({ ...CACHING, ETag: validators.etag });
  if (validators.lastModified !== null) response.set('Last-Modified', validators.lastModified);
  if (!isUnchanged(request, validators)) return void response.end(bytes);
  const ip = ipOf(request);
  world.rateLimits.forgive(caller, ip);
  showLimit(world, response, caller, ip);
  response.removeHeader('Content-Type');
  response.status(304).end();
}
