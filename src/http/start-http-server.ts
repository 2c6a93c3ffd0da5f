import { createServer, type RequestListener, type Server } from 'node:http';
import { AppError, messageOf } from '../domain/errors.ts';

export interface HttpServer {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string;
  readonly server: Server;
  /**
   * Accepts nothing new, lets requests under way end for `drainMs`, then breaks them off. Idle
   * keep-alive connections are closed at once. Repeatable.
   */
  stop(drainMs?: number): Promise<void>;
}

const DRAIN_MS = 10_000;

/** Listens; throws `AppError('conflict')` when the address cannot be taken. */
export async function startHttpServer(
  app: RequestListener,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 20_000 }, app);
  // Answers that end while we stop must not keep their connection.
  let isStopping = false;
  server.prependListener('request', (_request, response) => {
    if (isStopping) response.setHeader('connection', 'close');
  });
  await listen(server, host, port);
  let stopped: Promise<void> | undefined;
  const stop = async (drainMs: number) => {
    isStopping = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(deadline);
  };
  return {
    url: urlOf(server, host),
    server,
    stop: (drainMs = DRAIN_MS) => {
      stopped ??= stop(drainMs);
      return stopped;
    },
  };
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const detail = `Cannot listen on ${host}:${port}: ${messageOf(cause)}`;
      reject(new AppError('conflict', detail, { cause }));
    });
    server.listen(port, host, resolve);
  });

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
