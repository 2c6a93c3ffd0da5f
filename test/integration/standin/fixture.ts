import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { NO_LIMITS } from '../../../src/standin/rest/limits/settings.ts';
import { createStandin, type Standin } from '../../../src/standin/server.ts';
import { TestClock } from './clock.ts';
import { eventually } from './eventually.ts';
import { complaintsAbout } from './schema/validate.ts';

const run = promisify(execFile);

const SILENT = { error() {}, warn() {}, info() {}, debug() {} };
export const TOKEN = 'token-of-the-stand-in';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of many shapes.
  readonly body: any;
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const { status, headers } = response;
  return { status, headers, body: isJson ? JSON.parse(text) : text };
}

/** A stand-in on a free port, with its data in a folder that `stop` removes. */
export class Fixture {
  readonly clock = new TestClock();
  readonly folder: string;
  readonly errors: string[] = [];
  url = '';
  #standin: Standin;
  #port = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.#standin = this.#create();
  }

  #create(): Standin {
    const error = (text: string, fields?: object) => {
      this.errors.push(`${text} ${JSON.stringify(fields)}`);
    };
    return createStandin(
      { log: { ...SILENT, error }, clock: this.clock },
      {
        ...{ host: '127.0.0.1', port: this.#port, token: TOKEN, state: 'disk' },
        ...{ dataDir: join(this.folder, 'data') },
        limits: NO_LIMITS,
      },
    );
  }

  static async start(): Promise<Fixture> {
    const fixture = new Fixture(await mkdtemp(join(tmpdir(), 'standin-')));
    await fixture.#start();
    return fixture;
  }

  async stop(): Promise<void> {
    await this.#standin.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const { url, port } = await this.#standin.start();
    this.url = url;
    this.#port = port;
  }

  /** Stops, and starts another stand-in on the same data, at the same address. */
  async restart(meanwhile: () => unknown = () => undefined): Promise<void> {
    await this.#standin.stop();
    await meanwhile();
    this.#standin = this.#create();
    await this.#start();
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    token = TOKEN,
    headers: Readonly<Record<string, string>> = {},
    redirect: 'follow' | 'manual' = 'follow',
  ): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : `${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...headers,
        ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await read(response);
    this.#check(method, response, answer.body);
    const target = response.headers.get('location');
    return redirect === 'follow' && response.status === 302 && target !== null
      ? read(await fetch(target))
      : answer;
  }

  /** Every answer of the REST API has to fit GitHub's own description of it. */
  #check(method: string, { url, status, headers }: Response, body: unknown): void {
    const path = new URL(url).pathname.replace(/^\/api\/v3(?=\/)/i, '');
    if (headers.get('x-github-request-id') === null) return;
    const contentType = headers.get('content-type') ?? '';
    const complaints = complaintsAbout({ method, path, status, contentType, body });
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  }

  get = (path: string) => this.request('GET', path);
  post = (path: string, body: unknown = {}) => this.request('POST', path, body);

  /** A repository that starts nothing by itself, with these workflow files on `main`. */
  async repository(name: string, workflows: Readonly<Record<string, string>>): Promise<void> {
    await this.request('PUT', `/_standin/repositories/${name}`, { triggerOnPush: false });
    const files = Object.entries(workflows).map(([file, text]) => [
      `.github/workflows/${file}`,
      text,
    ]);
    await this.push(name, Object.fromEntries(files));
  }

  /** Commits files on top of what the repository has, and pushes with the real git. */
  async push(
    name: string,
    files: Readonly<Record<string, string>>,
    ref = 'main',
    message = 'Change',
    token = TOKEN,
  ): Promise<string> {
    const work = join(this.folder, 'work', `${name}-${Math.random()}`);
    const remote = new URL(`/${name}.git`, this.url);
    remote.username = 'x-access-token';
    remote.password = token;
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=Mona', '-c', 'user.email=mona@example.com', ...args], {
        cwd: work,
      });
    await mkdir(work, { recursive: true });
    await git('init', '--quiet', '--initial-branch=main');
    await git('remote', 'add', 'origin', remote.href);
    await git('fetch', '--quiet', 'origin');
    await git('reset', '--quiet', '--hard', `origin/${ref}`)
      .catch(() => git('reset', '--quiet', '--hard', 'origin/main'))
      .catch(() => undefined);
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(work, file)), { recursive: true });
      await writeFile(join(work, file), text);
    }
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', '--message', message);
    await git(
      'push',
      '--quiet',
      'origin',
      `HEAD:${ref.startsWith('refs/') ? ref : `refs/heads/${ref}`}`,
    );
    return (await git('rev-parse', 'HEAD')).stdout.trim();
  }

  /** Deletes a branch, with the real git. */
  async deleteRef(name: string, branch: string): Promise<void> {
    const remote = new URL(`/${name}.git`, this.url);
    remote.username = 'x-access-token';
    remote.password = TOKEN;
    await run('git', ['push', '--quiet', remote.href, `:refs/heads/${branch}`], {
      cwd: await this.#emptyRepository(),
    });
  }

  async #emptyRepository(): Promise<string> {
    const folder = await mkdtemp(join(this.folder, 'empty-'));
    await run('git', ['init', '--quiet'], { cwd: folder });
    return folder;
  }

  /** Starts the runs of an event; the first one of them. */
  async startRun(name: string, event: Json = {}) {
    const answer = await this.post(`/_standin/repositories/${name}/events`, {
      event: 'push',
      ...event,
    });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body.runs[0];
  }

  /** Jobs of a run by name. */
  async jobs(name: string, runId: number): Promise<Record<string, Answer['body']>> {
    const answer = await this.get(`/repos/${name}/actions/runs/${runId}/jobs`);
    return Object.fromEntries(answer.body.jobs.map((job: { name: string }) => [job.name, job]));
  }

  runCompleted(name: string, runId: number) {
    return eventually(`run ${runId} completed`, async () => {
      const { body } = await this.get(`/repos/${name}/actions/runs/${runId}`);
      return body.status === 'completed' ? body : undefined;
    });
  }
}
