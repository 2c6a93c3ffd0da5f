import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  json(): Record<string, unknown>;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  /** Instead of JSON. */
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection instead of answering, or after the body. */
  readonly hangUp?: boolean;
}

export type Handler = (request: SeenRequest) => Answer | Promise<Answer>;

/** A small HTTP server that plays one scene of GitHub; each test says what it answers. */
export interface MiniGitHub extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Texts that arrived on the live console. */
  readonly console: readonly string[];
  readonly consoleHeaders: readonly IncomingMessage['headers'][];
  /** Answers `METHOD /path`; a list is answered one by one, its last entry again and again. */
  on(route: string, answers: Handler | readonly (Handler | Answer)[] | Answer): void;
  seen(route: string): SeenRequest[];
  jitConfig(options?: JitOptions): string;
  /** A job message of one script step, with all URLs of this server. */
  jobMessage(change?: Record<string, unknown>): Record<string, unknown>;
}

export interface JitOptions {
  readonly fips?: boolean;
  readonly pascalCase?: boolean;
}

export const JOB = {
  planId: '11111111-1111-4111-8111-111111111111',
  jobId: '22222222-2222-4222-8222-222222222222',
  stepId: '33333333-3333-4333-8333-333333333332',
  token: 'header.job-token-secret.signature',
  checkRunId: 4711,
} as const;

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const runnerPublicKey = keys.publicKey;

export async function openMiniGitHub(): Promise<MiniGitHub> {
  const requests: SeenRequest[] = [];
  const routes = new Map<string, (Handler | Answer)[]>();
  const sockets = new Set<Socket>();
  const consoleTexts: string[] = [];
  const consoleHeaders: IncomingMessage['headers'][] = [];

  const server = createServer((request, response) => {
    void handle(request, response);
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const seen = await read(request);
    requests.push(seen);
    const answers = routes.get(`${seen.method} ${seen.path}`) ?? [];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    const answer = typeof next === 'function' ? await next(seen) : (next ?? { status: 501 });
    send(answer, response);
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const feed = new WebSocketServer({ server, path: '/feed' });
  feed.on('connection', (socket: WebSocket, request) => {
    consoleHeaders.push(request.headers);
    socket.on('message', (data, isBinary) => {
      if (!isBinary) consoleTexts.push(String(data));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  return {
    url,
    requests,
    console: consoleTexts,
    consoleHeaders,
    on(route, answers) {
      routes.set(route, Array.isArray(answers) ? [...answers] : [answers as Handler | Answer]);
    },
    seen: (route) => requests.filter(({ method, path }) => `${method} ${path}` === route),
    jitConfig: (options) => encodeJit(url, options),
    jobMessage: (change) => ({ ...buildJobMessage(url), ...change }),
    async [Symbol.asyncDispose]() {
      feed.close();
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function send({ status, json, body, headers, hangUp }: Answer, response: ServerResponse): void {
  const breakOff = (): void => void response.socket?.destroy();
  if (hangUp) {
    if (body === undefined) breakOff();
    else response.writeHead(status).write(body, breakOff);
    return;
  }
  const text = json === undefined ? undefined : JSON.stringify(json);
  response.writeHead(status, {
    ...(text === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
    ...headers,
  });
  response.end(body ?? text);
}

async function read(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const body = Buffer.concat(chunks);
  const url = new URL(request.url ?? '/', 'http://localhost');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
    json: () => JSON.parse(body.toString('utf8')),
  };
}

/** Base64 of a BOM and JSON, as the files of a just-in-time configuration may look. */
const file = (content: unknown): string =>
  Buffer.from(`\uFEFF${JSON.stringify(content)}`).toString('base64');

function encodeJit(url: string, { fips = false, pascalCase = true }: JitOptions = {}): string {
  const jwk = keys.privateKey.export({ format: 'jwk' });
  const standard = (part: string | undefined): string =>
    Buffer.from(part ?? '', 'base64url').toString('base64');
  const settings = {
    AgentId: 7,
    AgentName: 'rh-small-1',
    PoolId: 1,
    UseV2Flow: true,
    ServerUrlV2: `${url}/broker`,
    WorkFolder: '_work',
    Ephemeral: true,
  };
  const lower = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key[0]?.toLowerCase() + key.slice(1), value]),
  );
  const files = {
    '.runner': file(pascalCase ? settings : lower),
    '.credentials': file({
      Scheme: 'OAuth',
      Data: {
        ClientId: 'client-1',
        AuthorizationUrl: `${url}/token`,
        requireFipsCryptography: fips ? 'True' : 'False',
      },
    }),
    '.credentials_rsaparams': file({
      d: standard(jwk.d),
      dp: standard(jwk.dp),
      dq: standard(jwk.dq),
      exponent: standard(jwk.e),
      inverseQ: standard(jwk.qi),
      modulus: standard(jwk.n),
      p: standard(jwk.p),
      q: standard(jwk.q),
    }),
  };
  return Buffer.from(JSON.stringify(files)).toString('base64');
}

function buildJobMessage(url: string): Record<string, unknown> {
  return {
    messageType: 'RunnerJobRequest',
    plan: { planType: 'actions', version: 0, planId: JOB.planId },
    timeline: { id: JOB.planId },
    jobId: JOB.jobId,
    jobDisplayName: 'build',
    jobName: '__default',
    resources: {
      endpoints: [
        {
          name: 'SystemVssConnection',
          url: `${url}/run/7`,
          authorization: { scheme: 'OAuth', parameters: { AccessToken: JOB.token } },
          data: { FeedStreamUrl: `${url.replace('http', 'ws')}/feed` },
        },
      ],
    },
    contextData: {
      github: { t: 2, d: [{ k: 'repository', v: 'octo/demo' }] },
      job: { t: 2, d: [{ k: 'check_run_id', v: JOB.checkRunId }] },
    },
    variables: {
      'system.github.results_endpoint': { value: `${url}/results` },
      'system.runnerGroupName': { value: 'Default' },
    },
    mask: [],
    steps: [{ id: JOB.stepId, reference: { type: 'script' }, condition: 'success()' }],
    billingOwnerId: 'O_1',
  };
}

/** A broker envelope around a body. */
export const envelope = (messageType: string, body: unknown): Answer => ({
  status: 200,
  json: { messageId: -5, messageType, body: JSON.stringify(body) },
});

export const jobRequest = (url: string): Answer =>
  envelope('RunnerJobRequest', {
    runner_request_id: JOB.jobId,
    should_acknowledge: true,
    run_service_url: `${url}/run/7`,
    billing_owner_id: 'O_1',
  });

/** An answer that never comes by itself; it ends with the connection. */
export const holdPoll: Handler = () => new Promise(() => undefined);

export const aToken = (): Answer => ({
  status: 200,
  json: { access_token: `runner-token-${randomUUID()}`, expires_in: 3000 },
});
