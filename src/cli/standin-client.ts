import { AppError } from '../domain/errors.ts';

export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface StartedRuns {
  readonly runs: readonly { readonly id: number }[];
  readonly problems: readonly Problem[];
}

/** A job as GitHub's REST API lists it, as far as the command line shows it. */
export interface ListedJob {
  readonly id: number;
  readonly name: string;
  readonly workflow_name: string;
  readonly status: string;
  readonly conclusion: string | null;
}

export interface EventRequest {
  readonly event: string;
  readonly ref?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Only this workflow file. */
  readonly workflow?: string;
  /** Only these jobs and the jobs they need. */
  readonly jobs?: readonly string[];
}

/** The stand-in over HTTP: GitHub's own API where there is one, else its management API. */
export function createStandinClient(url: string, token: string) {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new AppError(
        'github-refused',
        `${method} ${path} answered ${response.status}: ${text}`,
      );
    }
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
  return {
    createRepository: (repository: string, triggerOnPush: boolean) =>
      call<void>('PUT', `/_standin/repositories/${repository}`, { triggerOnPush }),
    setSecret: (repository: string, name: string, value: string) =>
      call<void>('PUT', `/_standin/repositories/${repository}/secrets/${name}`, { value }),
    setVariable: (repository: string, name: string, value: string) =>
      call<void>('POST', `/repos/${repository}/actions/variables`, { name, value }),
    addHook: (repository: string, target: string, secret: string) =>
      call<void>('POST', `/repos/${repository}/hooks`, {
        events: ['workflow_job', 'workflow_run', 'push'],
        config: { url: target, secret, content_type: 'json' },
      }),
    startEvent: (repository: string, request: EventRequest) =>
      call<StartedRuns>('POST', `/_standin/repositories/${repository}/events`, request),
    runs: async (repository: string) =>
      (
        await call<{ workflow_runs: { id: number; status: string }[] }>(
          'GET',
          `/repos/${repository}/actions/runs`,
        )
      ).workflow_runs,
    run: (repository: string, id: number) =>
      call<{ status: string; conclusion: string | null }>(
        'GET',
        `/repos/${repository}/actions/runs/${id}`,
      ),
    jobs: async (repository: string, run: number) =>
      (
        await call<{ jobs: ListedJob[] }>(
          'GET',
          `/repos/${repository}/actions/runs/${run}/jobs?per_page=100`,
        )
      ).jobs,
    cancel: (repository: string, run: number) =>
      call<void>('POST', `/repos/${repository}/actions/runs/${run}/cancel`),
  };
}

export type StandinClient = ReturnType<typeof createStandinClient>;
