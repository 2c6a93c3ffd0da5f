import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import type { HttpRequest } from './http-request.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Connections are kept for a while: a job's reports come a few times a second. */
const AGENTS = {
  'http:': new http.Agent({ keepAlive: true }),
  'https:': new https.Agent({ keepAlive: true }),
} as const;

const MOST_REDIRECTS = 3;

/**
 * Sends a request and reads its answer. It is followed to another place of the same server, as when a
 * repository was renamed, but never to another server: the headers hold a token.
 *
 * By the means of `node:http`: `fetch` copies a body three times and makes so many objects that logs
 * of a gigabyte would show in the memory of the hub.
 */
export async function exchange(
  request: HttpRequest,
  userAgent: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let url = new URL(request.url);
  for (let redirects = 0; ; redirects += 1) {
    const incoming = await sendOrSendAgain(url, request, userAgent, signal);
    const { statusCode: status = 0, headers } = incoming;
    const next = redirects < MOST_REDIRECTS ? redirectOf(status, headers, url, request) : null;
    if (next === null) return { status, headers, text: await text(incoming) };
    incoming.resume();
    url = next;
  }
}

function redirectOf(
  status: number,
  headers: IncomingHttpHeaders,
  from: URL,
  { method }: HttpRequest,
): URL | null {
  const follows = status === 307 || status === 308 || (status <= 302 && method === 'GET');
  if (status < 301 || !follows || headers.location === undefined) return null;
  const next = new URL(headers.location, from);
  return next.origin === from.origin ? next : null;
}

/** A kept connection may have been closed by the server just now: then the request never began. */
async function sendOrSendAgain(
  url: URL,
  request: HttpRequest,
  userAgent: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const outgoing = start(url, request, userAgent, signal);
  try {
    return await answerTo(outgoing, request);
  } catch (error) {
    const isReset = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
    if (!outgoing.reusedSocket || !isReset || signal.aborted) throw error;
    return answerTo(start(url, request, userAgent, signal), request);
  }
}

function start(
  url: URL,
  { method, headers, body }: HttpRequest,
  userAgent: string,
  signal: AbortSignal,
): http.ClientRequest {
  const isSecure = url.protocol === 'https:';
  // Large bodies get a connection of their own: not every PUT can be tried again.
  const agent = Array.isArray(body) ? false : AGENTS[isSecure ? 'https:' : 'http:'];
  const length = partsOf(body).reduce((sum, part) => sum + Buffer.byteLength(part), 0);
  const withLength = body === undefined ? {} : { 'Content-Length': length };
  return (isSecure ? https : http).request(url, {
    ...{ method, agent, signal },
    headers: { 'User-Agent': userAgent, Accept: '*/*', ...headers, ...withLength },
  });
}

async function answerTo(
  outgoing: http.ClientRequest,
  { body }: HttpRequest,
): Promise<IncomingMessage> {
  const answered = once(outgoing, 'response');
  outgoing.cork();
  for (const part of partsOf(body)) outgoing.write(part);
  outgoing.end();
  const [incoming] = (await answered) as [IncomingMessage];
  return incoming;
}

function partsOf(body: HttpRequest['body']): readonly (string | Uint8Array)[] {
  if (body === undefined) return [];
  return typeof body === 'string' || body instanceof Uint8Array ? [body] : body;
}
