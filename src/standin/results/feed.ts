import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { credentialOf } from '../http/request.ts';
import { wireObject } from '../http/wire-object.ts';
import type { CallerOf } from '../rest/callers/caller.ts';
import type { Job } from '../state/model.ts';
import type { ConsoleBatch } from '../state/run-parts.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';

const batch = wireObject({
  count: z.number(),
  value: z.array(z.string()),
  stepId: z.string(),
  startLine: z.coerce.number(),
});

const MAX_BATCHES = 500;
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** A watcher that does not read loses what is written while so much lies unsent. */
const MAX_UNSENT_BYTES = 4 * MAX_MESSAGE_BYTES;

interface Deps {
  readonly store: Store;
  readonly tokens: AccessTokens;
  readonly callerOf: CallerOf;
}

/** What becomes of a request for a WebSocket: it is taken, or refused with a status. */
type Use = ((socket: WebSocket) => void) | 401 | 404;

/**
 * The live console (protocol E.4): runners write batches of lines to `/feed`, we keep the last ones of
 * each job and pass them on to all who watch `/_standin/jobs/{id}/console`. Broken messages are dropped,
 * as the feed is best effort.
 */
export function createFeed({ store, tokens, callerOf }: Deps) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  const watchers = new Map<Job, Set<WebSocket>>();

  function receive(job: Job, received: ConsoleBatch): void {
    job.console.push(received);
    if (job.console.length > MAX_BATCHES) job.console.shift();
    for (const watcher of watchers.get(job) ?? []) show(watcher, received);
  }

  function watch(job: Job, socket: WebSocket): void {
    for (const each of job.console) show(socket, each);
    const all = watchers.get(job) ?? new Set();
    watchers.set(job, all.add(socket));
    socket.once('close', () => {
      all.delete(socket);
      if (all.size === 0) watchers.delete(job);
    });
  }

  async function useOf(request: IncomingMessage): Promise<Use> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const watched = /^\/_standin\/jobs\/(\d+)\/console$/.exec(pathname)?.[1];
    if (watched !== undefined) {
      if (!(await isOwner(callerOf, request))) return 401;
      const job = store.jobs.get(Number(watched));
      return job === undefined ? 404 : (socket) => watch(job, socket);
    }
    if (!/^\/+feed\/?$/.test(pathname)) return 404;
    const id = await tokens.jobId(credentialOf(request));
    const job = id === null ? undefined : store.jobs.get(id);
    if (job === undefined) return 401;
    return (socket) => socket.on('message', (data: Buffer) => read(data, job, receive));
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => undefined);
    const use = await useOf(request);
    if (typeof use === 'number') return refuse(socket, use);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => undefined);
      use(webSocket);
    });
  }

  return {
    attach(server: Server): void {
      server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head));
    },
    stop(): void {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}

/** A credential that is nobody's may be refused with an error of REST; here it is just nobody's. */
const isOwner = (callerOf: CallerOf, request: IncomingMessage): Promise<boolean> =>
  callerOf(credentialOf(request)).then(
    (caller) => caller?.kind === 'owner',
    () => false,
  );

const WORDS = { 401: 'Unauthorized', 404: 'Not Found' } as const;

const refuse = (socket: Duplex, status: 401 | 404): void =>
  void socket.end(
    `HTTP/1.1 ${status} ${WORDS[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );

function show(socket: WebSocket, received: ConsoleBatch): void {
  if (socket.bufferedAmount < MAX_UNSENT_BYTES) socket.send(JSON.stringify(received));
}

function read(data: Buffer, job: Job, receive: (job: Job, received: ConsoleBatch) => void): void {
  const parsed = batch.safeParse(parseJson(data.toString('utf8')));
  if (!parsed.success) return;
  const { stepId, startLine, value } = parsed.data;
  receive(job, { stepId, startLine, lines: value });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
