import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** What arrived at the results service since it was asked last. */
export interface Received {
  readonly logBytes: number;
  readonly lineCounts: readonly number[];
  readonly consoleMessages: number;
}

/**
 * The results service and the live console of GitHub, as far as a log needs them (protocol E). It
 * runs in a process of its own and throws away what it gets, so that only sending it is measured.
 */
export async function serveReceiver(): Promise<void> {
  let received = { logBytes: 0, lineCounts: [] as number[], consoleMessages: 0 };
  const server = createServer((request, response) => void answer(request, response));

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'PUT') {
      for await (const chunk of request) received.logBytes += (chunk as Buffer).length;
      response.writeHead(201).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    if (request.url?.includes('LogsMetadata'))
      received.lineCounts.push(JSON.parse(body).line_count);
    const reply = request.url?.endsWith('SignedBlobURL') ? blobTarget(request) : { ok: true };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply));
  };

  const console = new WebSocketServer({ server, path: '/feed' });
  console.on('connection', (socket) => {
    socket.on('message', () => {
      received.consoleMessages += 1;
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  process.on('message', () => {
    process.send?.({ received });
    received = { logBytes: 0, lineCounts: [], consoleMessages: 0 };
  });
  process.send?.({ port: (server.address() as AddressInfo).port });
}

function blobTarget({ headers }: IncomingMessage): Record<string, string> {
  const url = `http://${headers.host}/blob?sig=none`;
  return { logs_url: url, summary_url: url, blob_storage_type: 'BLOB_STORAGE_TYPE_AZURE' };
}
