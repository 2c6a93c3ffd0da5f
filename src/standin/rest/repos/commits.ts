import { mediaForm } from '../../http/media-type.ts';
import { linkHeader, pageSize } from '../../http/pagination.ts';
import { githubError, notFound } from '../../http/refusal.ts';
import { param, query } from '../../http/request.ts';
import { commitJson, fileChangeJson } from '../../present/commits.ts';
import { fullName, type Repository } from '../../state/model.ts';
import { pathOf, repositoryOf } from '../lookup.ts';
import { type Answer, type Call, type Operation, ok } from '../operation.ts';

const REPO = '/repos/{owner}/{repo}';

/** Commits, and what lies between two of them. */
export const COMMIT_OPERATIONS: readonly Operation[] = [
  {
    id: 'repos/list-commits',
    method: 'GET',
    path: `${REPO}/commits`,
    access: 'contents=read',
    answer: list,
  },
  {
    id: 'repos/get-commit',
    method: 'GET',
    path: `${REPO}/commits/{ref}`,
    access: 'contents=read',
    answer: get,
  },
  {
    id: 'repos/compare-commits-with-basehead',
    method: 'GET',
    path: `${REPO}/compare/{basehead}`,
    access: 'contents=read',
    answer: compare,
  },
];

/** The commit of a branch, a tag or a commit id; the default branch for an empty name. */
export async function commitNamed(
  { world }: Call,
  repository: Repository,
  name: string,
): Promise<string | null> {
  const path = pathOf(world, repository);
  return world.history.resolveName(path, name || repository.defaultBranch);
}

/** The commit that `{ref}` of the path names. */
export async function commitOf(call: Call): Promise<string> {
  const name = param(call.request, 'ref');
  const sha = await commitNamed(call, repositoryOf(call), name);
  if (sha === null) throw notACommit(name);
  return sha;
}

const notACommit = (name: string) => githubError(422, `No commit found for SHA: ${name}`);

async function list(call: Call): Promise<Answer> {
  const { request, world, url } = call;
  const repository = repositoryOf(call);
  const sha = await commitNamed(call, repository, query(request, 'sha') ?? '');
  if (sha === null) {
    throw query(request, 'sha') === undefined
      ? githubError(409, 'Git Repository is empty.')
      : notFound();
  }
  const path = pathOf(world, repository);
  const limit = pageSize(request);
  const page = Math.max(1, Number(query(request, 'page') ?? 1) || 1);
  const only = query(request, 'path') ?? '';
  const skip = (page - 1) * limit;
  const commits = await world.objects.log(path, sha, { skip, limit, only });
  const total = await world.objects.count(path, sha, only);
  const last = Math.max(1, Math.ceil(total / limit));
  const links = [
    ...(page > 1 ? ([['prev', { page: String(page - 1) }]] as const) : []),
    ...(page < last
      ? ([
          ['next', { page: String(page + 1) }],
          ['last', { page: String(last) }],
        ] as const)
      : []),
    ...(page > 1 ? ([['first', { page: '1' }]] as const) : []),
  ];
  return {
    status: 200,
    body: commits.map((commit) => commitJson(repository, commit, url)),
    headers: linkHeader(request, url, links),
  };
}

async function get(call: Call): Promise<Answer> {
  const { world, request, url } = call;
  const repository = repositoryOf(call);
  const sha = await commitOf(call);
  if (mediaForm(request) === 'sha') {
    const headers = { 'Content-Type': 'application/vnd.github.v3.sha; charset=utf-8' };
    return { status: 200, body: Buffer.from(sha), headers };
  }
  const path = pathOf(world, repository);
  const [commit] = await world.objects.log(path, sha);
  if (commit === undefined) throw notACommit(sha);
  const changes = await world.objects.changes(path, commit.parents[0] ?? null, sha);
  const files = changes.map((change) => fileChangeJson(repository, sha, change, url));
  const additions = changes.reduce((sum, change) => sum + change.additions, 0);
  const deletions = changes.reduce((sum, change) => sum + change.deletions, 0);
  return ok({
    ...commitJson(repository, commit, url),
    stats: { total: additions + deletions, additions, deletions },
    files,
  });
}

const MAX_COMMITS = 250;

async function compare(call: Call): Promise<Answer> {
  const { world, request, url } = call;
  const { objects, history } = world;
  const repository = repositoryOf(call);
  const basehead = param(request, 'basehead');
  const [base, head] = await Promise.all(
    basehead.split('...').map((name) => commitNamed(call, repository, name)),
  );
  if (!basehead.includes('...') || !base || !head) throw notFound();
  const path = pathOf(world, repository);
  const meeting = await history.mergeBase(path, base, head);
  if (meeting === null) throw githubError(404, 'No common ancestor between these commits.');
  const [ahead, behind] = [
    await objects.count(path, `${base}..${head}`),
    await objects.count(path, `${head}..${base}`),
  ];
  const shown = async (sha: string) =>
    (await objects.log(path, sha)).map((commit) => commitJson(repository, commit, url))[0];
  const commits = await objects.log(path, `${base}..${head}`, { limit: MAX_COMMITS });
  const changes = await objects.changes(path, meeting, head);
  const self = `compare/${basehead}`;
  const web = `${url}/${fullName(repository)}/${self}`;
  return ok({
    url: `${url}/api/v3/repos/${fullName(repository)}/${self}`,
    html_url: web,
    permalink_url: `${url}/${fullName(repository)}/compare/${base}...${head}`,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    base_commit: await shown(base),
    merge_base_commit: await shown(meeting),
    status: statusOf(ahead, behind),
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.toReversed().map((commit) => commitJson(repository, commit, url)),
    files: changes.map((change) => fileChangeJson(repository, head, change, url)),
  });
}

function statusOf(ahead: number, behind: number) {
  if (ahead > 0 && behind > 0) return 'diverged';
  if (ahead > 0) return 'ahead';
  return behind > 0 ? 'behind' : 'identical';
}
