import type { Value } from '../../actions/expressions.ts';
import type { Address } from '../dependencies.ts';
import type { Commit, GitHistory } from '../git/history.ts';
import type { GitMerges } from '../git/merges.ts';
import { type GitRepositories, NO_COMMIT } from '../git/repositories.ts';
import { githubError } from '../http/refusal.ts';
import { refName } from '../scheduler/contexts.ts';
import type { Repository } from '../state/model.ts';
import { titleOf } from './commits.ts';
import { ACTOR, otherPayload, pullRequestPart, pushPayload } from './payloads.ts';
import type { Started, StartRuns } from './start-runs.ts';

interface Deps {
  readonly address: Address;
  readonly repositories: GitRepositories;
  readonly history: GitHistory;
  readonly merges: GitMerges;
  readonly startRuns: StartRuns;
}

/** An event that somebody asks for, over REST or the management API. */
interface EventRequest {
  readonly event: string;
  /** A full ref, or the name of a branch or tag; the default branch when absent. */
  readonly ref?: string | undefined;
  readonly sha?: string | undefined;
  readonly inputs?: Readonly<Record<string, unknown>> | undefined;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  readonly workflow?: string | undefined;
  readonly jobs?: readonly string[] | undefined;
}

export type Requested = (repository: Repository, request: EventRequest) => Promise<Started>;

/** A commit to run at, and the commit before it. */
interface Point {
  readonly ref: string;
  readonly sha: string;
  readonly before: string | null;
  readonly commit: Commit | undefined;
}

/** Starts the runs of an event at a ref. Refuses a ref that does not exist. */
export function createRequested(deps: Deps): Requested {
  const { address, repositories, history, merges, startRuns } = deps;
  async function locate(
    path: string,
    repository: Repository,
    request: EventRequest,
  ): Promise<Point> {
    const name = request.ref ?? repository.defaultBranch;
    for (const ref of candidates(name)) {
      const sha = await history.resolve(path, request.sha ?? ref);
      if (sha === null) continue;
      const [commit] = await history.commits(path, sha, 1);
      return { ref, sha, before: await history.parentOf(path, sha), commit };
    }
    throw githubError(422, `No ref found for: ${request.sha ?? name}`);
  }

  /** Where runs of a made-up pull request are, so that a job finds the ref which it is told. */
  async function pullOf(
    path: string,
    repository: Repository,
    event: string,
    payload: Value,
    sha: string,
  ): Promise<{ readonly ref: string; readonly baseRef: string } | null> {
    if (!event.startsWith('pull_request')) return null;
    const baseRef = baseOf(payload) ?? repository.defaultBranch;
    if (event === 'pull_request_target') {
      return { ref: `refs/heads/${repository.defaultBranch}`, baseRef };
    }
    const ref = `refs/pull/${numberOf(payload)}/merge`;
    if ((await history.resolve(path, ref)) === null) await merges.setRef(path, ref, sha);
    return { ref, baseRef };
  }

  return async (repository, request) => {
    const path = repositories.pathOf(repository.owner, repository.name);
    const point = await locate(path, repository, request);
    const payload = payloadOf(repository, request, point, address);
    const pull = await pullOf(path, repository, request.event, payload, point.sha);
    return startRuns({
      ...{ repository, headRepository: repository, headSha: point.sha, actor: ACTOR },
      ...{ chain: 0, needsApproval: false },
      occurrence: {
        event: request.event,
        action: typeof payload['action'] === 'string' ? payload['action'] : null,
        ref: pull?.ref ?? point.ref,
        baseRef: pull?.baseRef ?? null,
        changedFiles: await history.changedFiles(path, point.before, point.sha),
      },
      sha: point.sha,
      headRef: refName(point.ref),
      payload,
      title: titleOf(point.commit),
      inputs: request.inputs ?? {},
      file: request.workflow ?? null,
      jobs: request.jobs ?? null,
    });
  };
}

const numberOf = (payload: Value): number => {
  const number = memberOf(payload, 'number');
  return typeof number === 'number' && Number.isInteger(number) && number > 0 ? number : 1;
};

/** Branch that a pull request goes to, by the payload. */
function baseOf(payload: Value): string | null {
  const names = ['pull_request', 'base', 'ref'];
  const found = names.reduce(memberOf, payload);
  return typeof found === 'string' ? found : null;
}

const memberOf = (value: Value, name: string): Value =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? ((value as Readonly<Record<string, Value>>)[name] ?? null)
    : null;

const candidates = (name: string): readonly string[] =>
  name.startsWith('refs/') ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];

/** What the event carries; members that the caller gives win. */
function payloadOf(
  repository: Repository,
  request: EventRequest,
  { ref, sha, before, commit }: Point,
  address: Address,
): Record<string, Value> {
  const given = request.payload ?? {};
  if (request.event === 'push') {
    const commits = commit === undefined ? [] : [commit];
    const push = pushPayload(
      repository,
      { ref, before: before ?? NO_COMMIT, after: sha, commits },
      address,
    );
    return { ...push, ...otherPayload(repository, given, address) };
  }
  const part = request.event.startsWith('pull_request')
    ? pullRequestPart(repository, numberOf(given as Value), refName(ref), sha)
    : {};
  return otherPayload(repository, { ...part, ...given }, address);
}
