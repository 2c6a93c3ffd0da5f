import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { Gate } from './gate.ts';
import { pass } from './tunnels.ts';

const PORT = 80;

/** Plain HTTP goes where the Host header says; every request is looked at, not only the first. */
export function serveWeb(gate: Gate, address: string): void {
  const server = createServer((incoming, outgoing) => {
    forward(gate, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on('upgrade', (incoming: IncomingMessage, socket, head: Buffer) => {
    const seen = Buffer.concat([Buffer.from(headOf(incoming), 'latin1'), head]);
    // Node hands over the TCP socket itself.
    void pass(gate, socket as Parameters<typeof pass>[1], seen, {
      name: hostOf(incoming),
      port: PORT,
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(PORT, address);
}

async function forward(
  gate: Gate,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const name = hostOf(incoming);
  const address = await gate.addressFor(name, PORT);
  if (address === null) {
    outgoing.writeHead(403, { 'content-type': 'text/plain', connection: 'close' });
    outgoing.end(`RunnerHub: the job may not reach ${name}.\n`);
    return;
  }
  const { method, url, rawHeaders } = incoming;
  const onward = request({
    host: address,
    port: PORT,
    method,
    path: url,
    setHost: false,
    headers: rawHeaders,
  });
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
    pipeline(answer, outgoing, () => undefined);
  });
  onward.on('error', () => {
    if (!outgoing.headersSent) outgoing.writeHead(502, { connection: 'close' });
    outgoing.end();
  });
  pipeline(incoming, onward, () => undefined);
}

const hostOf = ({ headers }: IncomingMessage): string => (headers.host ?? '').replace(/:\d+$/, '');

/** The request as it came: what follows an upgrade is no HTTP. */
function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  let head = `${method} ${url} HTTP/1.1\r\n`;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  }
  return `${head}\r\n`;
}
