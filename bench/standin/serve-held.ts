import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reportUsage } from './usage.ts';

/**
 * The least that a server can do: it answers `POST` with the JSON that came, and holds every `GET`
 * open. What the stand-in needs beyond this is its own.
 */
export async function serveHeld(): Promise<void> {
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const document: unknown = JSON.parse(Buffer.concat(chunks).toString());
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(document));
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  reportUsage();
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
