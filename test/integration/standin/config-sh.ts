import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Answer, Fixture, Json } from './fixture.ts';
import { RawRunner } from './raw-runner.ts';

/** How `config.sh` writes its name into every request. */
const USER_AGENT = 'GitHubActionsRunner-linux-x64/2.336.0 ClientId/(none) RunnerId/(none)';
const DEFAULT_LABELS = ['self-hosted', 'Linux', 'X64'];

const standard = (member: unknown): string =>
  Buffer.from(String(member), 'base64url').toString('base64');

/** Speaks as `config.sh` does, by one of its two ways (protocol A.3). */
export class ConfigSh {
  readonly github: Fixture;
  readonly url: string;
  readonly key: KeyObject;
  readonly modulus: string;
  readonly exponent: string;
  remoteToken = '';
  tenant = '';
  bearer = '';

  constructor(github: Fixture, scope: string) {
    this.github = github;
    this.url = `${github.url}/${scope}`;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.key = privateKey;
    const { n, e } = createPublicKey(privateKey).export({ format: 'jwk' });
    this.modulus = standard(n);
    this.exponent = standard(e);
  }

  /** The token that a person would copy from the page of the runners. */
  async take(kind: 'registration' | 'remove', path: string): Promise<void> {
    const { body } = await this.github.post(`${path}/actions/runners/${kind}-token`);
    this.remoteToken = body.token;
  }

  remote(method: string, path: string, body?: Json): Promise<Answer> {
    return this.#send(method, `${this.github.url}/api/v3${path}`, 'RemoteAuth', body);
  }

  async connect(event: 'register' | 'remove' = 'register'): Promise<Answer> {
    const body = { url: this.url, runner_event: event };
    const answer = await this.remote('POST', '/actions/runner-registration', body);
    this.tenant = answer.body.url;
    this.bearer = answer.body.token;
    return answer;
  }

  tenantCall(method: string, path: string, body?: Json): Promise<Answer> {
    return this.#send(method, new URL(path, this.tenant).href, 'Bearer', body);
  }

  /** The body with which an agent is added or replaced. */
  agent(name: string, more: Json = {}): Json {
    return {
      maxParallelism: 1,
      createdOn: '0001-01-01T00:00:00',
      authorization: { publicKey: { exponent: this.exponent, modulus: this.modulus } },
      id: 0,
      name,
      version: '2.336.0',
      osDescription: 'Linux 6.1.0',
      ephemeral: false,
      disableUpdate: false,
      status: 0,
      provisioningState: null,
      labels: DEFAULT_LABELS.map((label) => ({ id: 0, name: label, type: 'system' })),
      ...more,
    };
  }

  /** The body with which a runner is registered by REST; labels have the names of .NET's members. */
  registration(name: string, more: Json = {}): Json {
    return {
      url: this.url,
      group_id: 1,
      name,
      version: '2.336.0',
      updates_disabled: false,
      ephemeral: false,
      labels: DEFAULT_LABELS.map((label) => ({ Id: 0, Name: label, Type: 0 })),
      public_key: `<RSAKeyValue><Modulus>${this.modulus}</Modulus><Exponent>${this.exponent}</Exponent></RSAKeyValue>`,
      ...more,
    };
  }

  /** The runner as it then starts, with what was answered to its registration. */
  async start(id: number, name: string, authorization: Json, serverUrl: string) {
    const runner = new RawRunner(this.github, id, {
      runner: { AgentId: id, AgentName: name, ServerUrlV2: serverUrl },
      clientId: String(authorization['clientId'] ?? authorization['client_id']),
      tokenUrl: String(authorization['authorizationUrl'] ?? authorization['authorization_url']),
      key: this.key,
    });
    await runner.login();
    await runner.openSession();
    return runner;
  }

  async #send(method: string, url: string, scheme: string, body?: Json): Promise<Answer> {
    const isTenant = scheme === 'Bearer';
    const response = await fetch(url, {
      method,
      headers: {
        'User-Agent': USER_AGENT,
        Authorization: `${scheme} ${isTenant ? this.bearer : this.remoteToken}`,
        ...(isTenant ? { Accept: 'application/json; api-version=6.0-preview.2' } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  }
}
