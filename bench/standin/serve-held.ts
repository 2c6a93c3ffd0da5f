import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { reportUsage } from './usage.ts';

/**
 * The least that a server can do: it answers `POST` with the JSON that came, and holds every `GET`
 * open. What the stand-in needs beyond this is its own.
 */
export async function serveHeld(): Promise<void> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET') void echo(request, response);
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  reportUsage();
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const document: unknown = JSON.parse(await text(request));
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document));
}
