import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Answer, Fixture, Json } from './fixture.ts';

const decode = (text: string): Json =>
  JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Json;

export interface Settings {
  readonly runner: Json;
  readonly clientId: string;
  readonly tokenUrl: string;
  readonly key: ReturnType<typeof createPrivateKey>;
}

/** Reads `encoded_jit_config` as the official runner does. */
export function readJitConfig(encoded: string): Settings {
  const files = decode(encoded);
  const rsa = decode(String(files['.credentials_rsaparams'])) as Record<string, string>;
  const member = (name: string) => Buffer.from(rsa[name] ?? '', 'base64').toString('base64url');
  const { Data } = decode(String(files['.credentials'])) as { Data: Record<string, string> };
  return {
    runner: decode(String(files['.runner'])),
    clientId: String(Data['ClientId']),
    tokenUrl: String(Data['AuthorizationUrl']),
    key: createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'RSA',
        n: member('modulus'),
        e: member('exponent'),
        d: member('d'),
        p: member('p'),
        q: member('q'),
        dp: member('dp'),
        dq: member('dq'),
        qi: member('inverseQ'),
      },
    }),
  };
}

/** A runner that speaks plain HTTP, request by request, as the official one does. */
export class RawRunner {
  readonly fixture: Fixture;
  readonly id: number;
  readonly settings: Settings;
  token = '';
  sessionId = '';

  constructor(fixture: Fixture, id: number, settings: Settings) {
    this.fixture = fixture;
    this.id = id;
    this.settings = settings;
  }

  /** Registers at a repository (`o/r`) or an organisation (`o`), takes a token and opens a session. */
  static async online(
    fixture: Fixture,
    scope: string,
    labels: readonly string[] = ['linux'],
  ): Promise<RawRunner> {
    const base = scope.includes('/') ? 'repos' : 'orgs';
    const { body } = await fixture.post(`/${base}/${scope}/actions/runners/generate-jitconfig`, {
      name: `runner-${randomUUID()}`,
      runner_group_id: 1,
      labels,
    });
    const runner = new RawRunner(fixture, body.runner.id, readJitConfig(body.encoded_jit_config));
    await runner.login();
    await runner.openSession();
    return runner;
  }

  async exchange(lifetimeSeconds = 300, alg = 'PS256', changes: Json = {}): Promise<Answer> {
    const now = Math.floor(this.fixture.clock.now() / 1000);
    const { clientId, tokenUrl, key } = this.settings;
    const claims = {
      sub: clientId,
      iss: clientId,
      aud: tokenUrl,
      jti: randomUUID(),
      nbf: now,
      exp: now + lifetimeSeconds,
      ...changes,
    };
    const assertion = await new SignJWT(claims).setProtectedHeader({ alg, typ: 'JWT' }).sign(key);
    const response = await fetch(tokenUrl, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async login(): Promise<void> {
    this.token = (await this.exchange()).body.access_token;
  }

  broker(method: string, path: string, body?: unknown): Promise<Answer> {
    const url = new URL(path, String(this.settings.runner['ServerUrlV2']));
    return this.fixture.request(method, url.href, body, this.token);
  }

  async openSession(): Promise<Answer> {
    const answer = await this.broker('POST', 'session', {
      sessionId: '00000000-0000-0000-0000-000000000000',
      ownerName: 'HOST (PID: 123)',
      agent: {
        id: this.id,
        name: this.settings.runner['AgentName'],
        version: '2.336.0',
        status: 0,
      },
      useFipsEncryption: false,
    });
    if (answer.status === 201) this.sessionId = answer.body.sessionId;
    return answer;
  }

  messagePath(status: 'Online' | 'Busy'): string {
    const rest = 'runnerVersion=2.336.0&os=Linux&architecture=X64&disableUpdate=true';
    return `message?sessionId=${this.sessionId}&status=${status}&${rest}`;
  }

  poll(status: 'Online' | 'Busy' = 'Online'): Promise<Answer> {
    return this.broker('GET', this.messagePath(status));
  }

  /** Polls, acknowledges and acquires the next job. */
  async takeJob(): Promise<RawJob> {
    const message = await this.poll();
    const request = JSON.parse(message.body.body);
    await this.broker('POST', `acknowledge?sessionId=${this.sessionId}&status=Online`, {
      runnerRequestId: request.runner_request_id,
    });
    const answer = await this.acquire(request);
    if (answer.status !== 200) throw new Error(`acquire: ${answer.status}`);
    return new RawJob(this.fixture, answer.body);
  }

  acquire(request: Record<string, string>): Promise<Answer> {
    const url = new URL('acquirejob', request['run_service_url']);
    return this.fixture.request(
      'POST',
      url.href,
      { jobMessageId: request['runner_request_id'], runnerOS: 'Linux' },
      this.token,
    );
  }
}

/** A job that was acquired, with what a worker does to it. */
export class RawJob {
  readonly fixture: Fixture;
  // biome-ignore lint/suspicious/noExplicitAny: the message is read member by member.
  readonly message: any;
  readonly token: string;
  readonly scope: Json;
  #changeOrder = 0;

  constructor(fixture: Fixture, message: Json) {
    this.fixture = fixture;
    this.message = message;
    const endpoint = this.endpoint;
    this.token = endpoint.authorization.parameters.AccessToken;
    this.scope = {
      workflow_run_backend_id: this.message.plan.planId,
      workflow_job_run_backend_id: this.message.jobId,
    };
  }

  get endpoint() {
    return this.message.resources.endpoints[0];
  }

  get name(): string {
    return this.message.jobDisplayName;
  }

  runService(path: string, body: Json = {}): Promise<Answer> {
    const url = new URL(path, this.endpoint.url);
    const ids = { planId: this.message.plan.planId, jobId: this.message.jobId };
    return this.fixture.request('POST', url.href, { ...ids, ...body }, this.token);
  }

  renew = () => this.runService('renewjob');

  complete(conclusion = 'succeeded', more: Json = {}): Promise<Answer> {
    return this.runService('completejob', { conclusion, outputs: {}, stepResults: [], ...more });
  }

  twirp(method: string, body: Json = {}): Promise<Answer> {
    const base = this.message.variables['system.github.results_endpoint'].value;
    return this.fixture.request(
      'POST',
      `${base}twirp/${method}`,
      { ...this.scope, ...body },
      this.token,
    );
  }

  receiver = (method: string, body: Json = {}) =>
    this.twirp(`results.services.receiver.Receiver/${method}`, body);

  updateSteps(steps: readonly Json[], changeOrder = ++this.#changeOrder): Promise<Answer> {
    return this.twirp(
      'github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate',
      {
        change_order: changeOrder,
        steps,
      },
    );
  }
}
