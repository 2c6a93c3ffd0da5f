import { once } from 'node:events';
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a benchmark reads answers of many shapes.
  readonly json: any;
}

export interface Client {
  call(method: string, url: string, token: string, body?: unknown): Promise<Reply>;
  close(): void;
}

/** Connections are kept, and there are as many as requests are open. */
export function createClient(): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  return {
    call: async (method, url, token, body) => {
      const outgoing = request(url, { agent, method, headers: headersOf(token, body) });
      const answered = once(outgoing, 'response');
      outgoing.end(contentOf(body));
      const [incoming] = (await answered) as [IncomingMessage];
      const answer = await text(incoming);
      const isJson = answer.startsWith('{') || answer.startsWith('[');
      return { status: incoming.statusCode ?? 0, json: isJson ? JSON.parse(answer) : null };
    },
    close: () => agent.destroy(),
  };
}

function contentOf(body: unknown): string {
  if (body === undefined) return '';
  return body instanceof URLSearchParams ? body.toString() : JSON.stringify(body);
}

function headersOf(token: string, body: unknown): OutgoingHttpHeaders {
  const isForm = body instanceof URLSearchParams;
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    'User-Agent': 'runnerhub-bench',
    'Content-Length': Buffer.byteLength(contentOf(body)),
    ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'Content-Type': type }),
  };
}
