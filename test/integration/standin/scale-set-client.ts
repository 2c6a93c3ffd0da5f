import { type Answer, type Json, TOKEN } from './fixture.ts';

const USER_AGENT = JSON.stringify({
  system: 'test',
  version: '1.0',
  commit_sha: 'abc',
  scale_set_id: 0,
  subsystem: 'listener',
  build_version: 'v0.1.0',
  build_commit_sha: 'abc',
  kind: 'scaleset',
});
const BOM = '\ufeff';

export interface JobEvent {
  readonly messageType: string;
  readonly runnerRequestId: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads members of several kinds of events.
  readonly [member: string]: any;
}

/**
 * Speaks as GitHub's client library for scale sets does: its chain of credentials, its headers, its
 * paths (protocol H.1, H.2).
 */
export class ScaleSetClient {
  readonly configUrl: URL;
  actionsUrl = '';
  adminToken = '';
  // biome-ignore lint/suspicious/noExplicitAny: the session is read member by member.
  session: any;
  scaleSetId = 0;

  constructor(configUrl: string) {
    this.configUrl = new URL(configUrl);
  }

  /** Registration token, then the tenant and a token for it. */
  async connect(): Promise<void> {
    const scope = this.configUrl.pathname.split('/').filter((part) => part !== '');
    const kind = scope[0] === 'enterprises' ? '' : scope.length === 1 ? 'orgs/' : 'repos/';
    const path = `/api/v3/${kind}${scope.join('/')}/actions/runners/registration-token`;
    const registration = await this.#send('POST', `${this.configUrl.origin}${path}`, {
      headers: {
        'Content-Type': 'application/vnd.github.v3+json',
        Authorization: `Bearer ${TOKEN}`,
      },
    });
    if (registration.status !== 201) throw new Error(JSON.stringify(registration.body));
    const connection = await this.register(registration.body.token);
    this.actionsUrl = connection.body.url;
    this.adminToken = connection.body.token;
  }

  register(token: string, event = 'register'): Promise<Answer> {
    return this.#send('POST', `${this.configUrl.origin}/api/v3/actions/runner-registration`, {
      headers: { 'Content-Type': 'application/json', Authorization: `RemoteAuth ${token}` },
      body: { url: this.configUrl.href, runner_event: event },
    });
  }

  /** One call to the tenant; slashes at the joint are not doubled. */
  admin(
    method: string,
    path: string,
    body?: unknown,
    token: string = this.adminToken,
  ): Promise<Answer> {
    const url = new URL(path.replace(/^\//, ''), this.actionsUrl);
    url.searchParams.set('api-version', '6.0-preview');
    return this.#send(method, url.href, {
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body }),
    });
  }

  async create(name: string, more: Json = {}): Promise<Answer> {
    const labels = [{ type: 'System', name }];
    const set = { name, runnerGroupId: 1, labels, RunnerSetting: { disableUpdate: true }, ...more };
    const answer = await this.admin('POST', '_apis/runtime/runnerscalesets', set);
    if (answer.status === 200) this.scaleSetId = answer.body.id;
    return answer;
  }

  get path(): string {
    return `/_apis/runtime/runnerscalesets/${this.scaleSetId}`;
  }

  async openSession(ownerName = 'listener-1'): Promise<Answer> {
    const session = { sessionId: '00000000-0000-0000-0000-000000000000', ownerName };
    const answer = await this.admin('POST', `${this.path}/sessions`, session);
    if (answer.status === 200) this.session = answer.body;
    return answer;
  }

  async refreshSession(): Promise<Answer> {
    const answer = await this.admin('PATCH', `${this.path}/sessions/${this.session.sessionId}`);
    if (answer.status === 200) this.session = answer.body;
    return answer;
  }

  closeSession = () => this.admin('DELETE', `${this.path}/sessions/${this.session.sessionId}`);

  poll(lastMessageId = 0, maxCapacity = 10): Promise<Answer> {
    const url = new URL(this.session.messageQueueUrl);
    if (lastMessageId > 0) url.searchParams.set('lastMessageId', String(lastMessageId));
    return this.#send('GET', url.href, {
      headers: {
        Accept: 'application/json; api-version=6.0-preview',
        Authorization: `Bearer ${this.session.messageQueueAccessToken}`,
        'X-ScaleSetMaxCapacity': String(maxCapacity),
      },
    });
  }

  deleteMessage(id: number): Promise<Answer> {
    const url = new URL(this.session.messageQueueUrl);
    url.pathname = `${url.pathname}/${id}`;
    return this.#send('DELETE', url.href, {
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${this.session.messageQueueAccessToken}`,
      },
    });
  }

  acquire = (ids: readonly number[]) =>
    this.admin('POST', `${this.path}/acquirejobs`, ids, this.session.messageQueueAccessToken);

  /** Polls, acknowledges as GitHub's listener does, and reads what happened. */
  async nextEvents(lastMessageId = 0, maxCapacity = 10) {
    const { status, body } = await this.poll(lastMessageId, maxCapacity);
    if (status !== 200) throw new Error(`poll: ${status}`);
    if (body.messageType !== 'RunnerScaleSetJobMessages') throw new Error(body.messageType);
    await this.deleteMessage(body.messageId);
    return {
      id: body.messageId as number,
      statistics: body.statistics,
      events: JSON.parse(body.body) as JobEvent[],
    };
  }

  jitConfig = (name: string) =>
    this.admin('POST', `${this.path}/generatejitconfig`, { name, workFolder: '' });

  async #send(
    method: string,
    url: string,
    { headers, body }: { headers: Record<string, string>; body?: unknown },
  ): Promise<Answer> {
    const response = await fetch(url, {
      method,
      headers: { 'User-Agent': USER_AGENT, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = (await response.text()).replace(BOM, '');
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  }
}
