import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { credentialOf } from '../http/request.ts';
import type { Job } from '../state/model.ts';
import type { Store } from '../state/store.ts';
import type { AccessTokens } from '../tokens/access-tokens.ts';

const batch = z.looseObject({
  count: z.number(),
  value: z.array(z.string()),
  stepId: z.string(),
  startLine: z.coerce.number(),
});

const MAX_BATCHES = 500;
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * The live console (protocol E.4): runners write batches of lines to `/feed`, we keep the last ones of
 * each job. Broken messages are dropped, as the feed is best effort.
 */
export function createFeed(store: Store, tokens: AccessTokens) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => undefined);
    const id = request.url?.startsWith('/feed') ? await tokens.jobId(credentialOf(request)) : null;
    const job = id === null ? undefined : store.jobs.get(id);
    if (job === undefined) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => listen(webSocket, job));
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

function listen(socket: WebSocket, job: Job): void {
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    const parsed = batch.safeParse(parseJson(data.toString('utf8')));
    if (!parsed.success) return;
    const { stepId, startLine, value } = parsed.data;
    job.console.push({ stepId, startLine, lines: value });
    if (job.console.length > MAX_BATCHES) job.console.shift();
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
